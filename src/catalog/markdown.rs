//! The catalog as a page of documentation.

use std::fmt::Write as _;

use super::{
    Certainty, CompanyIdIn, DataSet, HostColumn, HostView, INCLUDE_INACTIVE, Read, Single,
};

const HEAD: &str = "\
# The data sets

Derived from `src/catalog/table.rs`, not written by hand: `cargo test --lib catalog` leaves the current text in
`test-output/CATALOG.md` and fails while this page differs. Data sets stand in the order of the settings page.

Every call carries the `Procore-Company-Id` header. *Page* is the largest page asked for; *changes* says whether the
list can be asked for changes alone (`filters[updated_at]`). Levels marked *attempt decides* are not documented by Procore
for reading: the level is shown, and an attempt to read decides.

*View* is how the host product reads the records, with the columns that are of their kind alone ([HOST.md](HOST.md)).
";

/// `docs/CATALOG.md`, whole.
pub(crate) fn markdown_table() -> String {
    let mut page = String::from(HEAD);
    for data_set in DataSet::ALL {
        let entry = data_set.entry();
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "\n## {} (`{}`)\n\n{}\n",
            entry.label, entry.key, entry.consequence
        );
        page.push_str("\n| List | Call | One record | Page | Changes | Tool and level |\n| --- | --- | --- | --- | --- | --- |\n");
        for read in entry.reads {
            let _ = writeln!(
                page,
                "| {} | `GET {}` | `{}` | {} | {} | {} |",
                list(read),
                call(read),
                single(read),
                if read.paged {
                    read.page_size.to_string()
                } else {
                    "whole".to_owned()
                },
                if read.updated_at { "yes" } else { "no" },
                needs(read),
            );
        }
        for read in entry.reads {
            if let Some(successor) = &read.successor {
                let _ = writeln!(
                    page,
                    "\nWhen the list of {} is gone (404, 410), it is read from `GET {}` in the segment of type `{}`.",
                    read.plural, successor.path, successor.segment,
                );
            }
        }
        let mut shown: Vec<&str> = Vec::new();
        for view in entry.reads.iter().map(|read| read.view) {
            if !shown.contains(&view.name) {
                shown.push(view.name);
                let _ = writeln!(page, "\nView `{}`: {}.", view.name, columns(view));
            }
        }
        let _ = writeln!(
            page,
            "\nWebhook resources: {}.",
            entry.webhooks().collect::<Vec<_>>().join(", ")
        );
        for option in entry.options {
            let _ = writeln!(
                page,
                "Option `{}`: {}. {}",
                option.key, option.label, option.hint
            );
        }
    }
    let order = DataSet::in_sync_order().map(DataSet::label).join(", ");
    let _ = write!(page, "\n## Order of the first sync\n\n{order}.\n");
    page
}

fn list(read: &Read) -> String {
    match (read.inactive_only, read.per) {
        (true, _) => format!("{} (with `{INCLUDE_INACTIVE}`)", read.plural),
        (false, Some(parent)) => format!("{}, once per record of `{}`", read.plural, parent.read),
        (false, None) => read.plural.to_owned(),
    }
}

fn call(read: &Read) -> String {
    let mut query = Vec::new();
    match read.company_id_in {
        CompanyIdIn::Path => {}
        CompanyIdIn::Query => query.push("company_id={company_id}".to_owned()),
    }
    if let Some(parent) = read.per {
        query.push(format!("{}={{id}}", parent.param));
    }
    for param in read.params {
        let value = if param.active == param.all {
            param.active.to_owned()
        } else {
            format!("{} or {}", param.active, param.all)
        };
        query.push(format!("{}={value}", param.name));
    }
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{mark}{}", read.path, query.join("&"))
}

/// The columns of a view that are of its own kind.
fn columns(view: &HostView) -> String {
    let column = |column: &HostColumn| {
        let (name, column_type) = (column.name, column.column_type.sql_name());
        match column.field {
            [field] if *field == name => format!("`{name}` {column_type}"),
            field => format!("`{name}` {column_type} (`{}`)", field.join(".")),
        }
    };
    let columns: Vec<String> = view.columns.iter().map(column).collect();
    columns.join(", ")
}

/// How one record is read, as an addition to the list's call.
fn single(read: &Read) -> String {
    match read.single {
        Single::ById | Single::ByIdWithoutView => format!("{}/{{id}}", read.path),
        Single::Filter(param) => format!("?{param}={{id}}"),
    }
}

fn needs(read: &Read) -> String {
    let access = read.needs;
    match access.certainty {
        Certainty::Known => format!("{}: {}", access.tool, access.level),
        Certainty::ProbeDecides => {
            format!("{}: {} (attempt decides)", access.tool, access.level)
        }
    }
}
