//! The catalog as a page of documentation.

use std::fmt::Write as _;

use super::{
    Certainty, DataSet, HostColumn, HostView, INCLUDE_INACTIVE, IdIn, Read, Shows, Single,
};

const HEAD: &str = "\
# The data sets

Derived from `src/catalog/table.rs` and `project_table.rs`, not written by hand: `cargo test --lib catalog` leaves the current text in
`test-output/CATALOG.md` and fails while this page differs. Those of the company come first, in the order of the settings
page, then those of a project, which are read in each project that is integrated.

Every call carries the `Procore-Company-Id` header. *Page* is the largest page asked for; *changes* says whether the
list can be asked for changes alone, and by which filter. Levels marked *attempt decides* are not documented by Procore
for reading: the level is shown, and an attempt to read decides.

*View* is how the host product reads the records, with the columns that are of their kind alone ([HOST.md](HOST.md)).
";

/// `docs/CATALOG.md`, whole.
pub(crate) fn markdown_table() -> String {
    let mut page = String::from(HEAD);
    for data_set in DataSet::all() {
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
                "| {} | `GET {}` | {} | {} | {} | {} |",
                list(read),
                call(read),
                single(read),
                if read.paged {
                    read.page_size.to_string()
                } else {
                    "whole".to_owned()
                },
                read.changes
                    .map_or("no".to_owned(), |filter| format!("`{filter}`")),
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
        if let Some(company_set) = entry.follows {
            let _ = writeln!(
                page,
                "What changes in one of them is announced by the company's webhook alone, as a change of {}.",
                company_set.entry().main_read().plural,
            );
        }
        for option in entry.options {
            let _ = writeln!(
                page,
                "Option `{}`: {}. {}",
                option.key, option.label, option.hint
            );
        }
    }
    let order: Vec<&str> = DataSet::in_sync_order()
        .into_iter()
        .map(DataSet::label)
        .collect();
    let order = order.join(", ");
    let _ = write!(page, "\n## Order of a first sync\n\n{order}.\n");
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
    match read.id_in {
        IdIn::Path => {}
        IdIn::CompanyQuery => query.push("company_id={company_id}".to_owned()),
        IdIn::ProjectQuery => query.push("project_id={project_id}".to_owned()),
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
    if read.shows == Shows::Deletions {
        return String::new();
    }
    match read.single {
        Single::ById | Single::ByIdWithoutView => format!("`{}/{{id}}`", read.path),
        Single::Filter(param) | Single::Parts(param) => format!("`?{param}={{id}}`"),
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
