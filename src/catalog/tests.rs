use std::collections::HashSet;

use super::markdown::markdown_table;
use super::*;

const IDS: Ids = Ids {
    company: 112_233,
    project: 445_566,
};

#[test]
fn keys_and_labels_are_the_published_ones() {
    let published = [
        (DataSet::Projects, "projects", "Projects"),
        (DataSet::People, "users", "People"),
        (DataSet::Companies, "vendors", "Companies"),
        (DataSet::Departments, "departments", "Departments"),
        (DataSet::Offices, "offices", "Offices"),
        (DataSet::Programs, "programs", "Programs"),
        (DataSet::Trades, "trades", "Trades"),
        (DataSet::CostCodes, "cost_codes", "Cost codes"),
        (DataSet::ProjectPeople, "project_people", "Project people"),
        (
            DataSet::ProjectCompanies,
            "project_companies",
            "Project companies",
        ),
        (DataSet::Locations, "locations", "Locations"),
        (DataSet::Rfis, "rfis", "RFIs"),
        (DataSet::Submittals, "submittals", "Submittals"),
        (
            DataSet::PrimeContracts,
            "prime_contracts",
            "Prime contracts",
        ),
        (DataSet::Commitments, "commitments", "Commitments"),
        (DataSet::ChangeEvents, "change_events", "Change events"),
        (DataSet::Drawings, "drawings", "Drawings"),
        (DataSet::Meetings, "meetings", "Meetings"),
    ];
    for (data_set, key, label) in published {
        assert_eq!((data_set.key(), data_set.label()), (key, label));
        assert_eq!(data_set.entry().data_set, data_set);
        assert_eq!(DataSet::from_key(key), Some(data_set));
        assert_eq!(
            serde_json::to_value(data_set).unwrap(),
            key,
            "storage and key agree"
        );
    }
    assert_eq!(DataSet::from_key("people"), None);
}

#[test]
fn every_list_says_where_its_id_goes_and_which_version_it_has() {
    for read in all_reads() {
        let in_path = read.path.contains("_id}");
        assert_eq!(in_path, read.id_in == IdIn::Path, "{}", read.name);
        assert!(read.path.starts_with("/rest/v"), "{}", read.path);
        assert!(!read.path_for(IDS).contains('{'), "{}", read.path);
    }
}

#[test]
fn names_of_lists_are_unique_and_parents_exist() {
    let names: Vec<_> = all_reads().map(|read| read.name).collect();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    for parent in all_reads().filter_map(|read| read.per) {
        assert!(names.contains(&parent.read), "{parent:?}");
    }
}

#[test]
fn an_option_is_offered_exactly_where_it_changes_what_is_read() {
    for data_set in DataSet::all() {
        let calls = |inactive| -> Vec<_> {
            data_set
                .entry()
                .reads_for(inactive)
                .map(|read| (read.path, read.query(IDS, inactive)))
                .collect()
        };
        let offered = data_set
            .entry()
            .options
            .iter()
            .any(|option| option.key == INCLUDE_INACTIVE);
        assert_eq!(offered, calls(false) != calls(true), "{data_set:?}");
    }
}

#[test]
fn what_others_refer_to_is_read_first() {
    let projects: Vec<_> = Choice::of(DataSet::Projects)
        .reads()
        .map(|read| read.name)
        .collect();
    assert_eq!(
        projects,
        [
            "project_stages",
            "project_types",
            "project_regions",
            "projects"
        ]
    );
    let codes: Vec<_> = Choice::of(DataSet::CostCodes)
        .reads()
        .map(|read| read.name)
        .collect();
    assert_eq!(codes, ["standard_cost_code_lists", "standard_cost_codes"]);

    let order = DataSet::in_sync_order();
    let place = |wanted| order.iter().position(|data_set| *data_set == wanted);
    assert!(place(DataSet::Trades) < place(DataSet::Companies));
    assert!(place(DataSet::Companies) < place(DataSet::People));
    assert!(place(DataSet::People) < place(DataSet::Projects));
}

#[test]
fn only_projects_that_are_wanted_are_asked_for() {
    let read = DataSet::Projects.entry().main_read();
    let status = |inactive| {
        read.query(IDS, inactive)
            .into_iter()
            .find(|(name, _)| *name == "filters[by_status]")
    };
    assert_eq!(
        status(false),
        Some(("filters[by_status]", "Active".to_owned()))
    );
    assert_eq!(status(true), Some(("filters[by_status]", "All".to_owned())));
    assert_eq!(
        read.query(IDS, false)[0],
        ("company_id", "112233".to_owned())
    );
    assert_eq!(
        read.page_size, 300,
        "the reference limits projects to 300 a page"
    );
}

#[test]
fn levels_are_read_however_procore_spells_them() {
    for text in [
        "Read Only",
        "Read-Only",
        "Read-only",
        "read_only",
        " READ ONLY ",
    ] {
        assert_eq!(Level::parse(text), Some(Level::ReadOnly), "{text}");
    }
    assert_eq!(Level::parse("None"), Some(Level::None));
    assert_eq!(Level::parse("Standard"), Some(Level::Standard));
    assert_eq!(Level::parse("ADMIN"), Some(Level::Admin));
    assert_eq!(Level::parse("Owner"), None);
    assert_eq!(Level::parse(""), None);
    assert!(Level::None < Level::ReadOnly && Level::Standard < Level::Admin);
    for level in Level::ALL {
        assert_eq!(Level::parse(level.label()), Some(level));
    }
}

#[test]
fn tools_are_recognised_by_engine_name_or_label() {
    let cases = [
        ("webhooks_api", Some(Tool::WebhooksApi)),
        ("developer_webhook", Some(Tool::WebhooksApi)),
        ("Webhooks-API", Some(Tool::WebhooksApi)),
        ("company_directory", Some(Tool::Directory)),
        ("Directory Tool", Some(Tool::Directory)),
        ("company_admin", Some(Tool::Admin)),
        ("project_directory", Some(Tool::Directory)),
        ("projects", Some(Tool::Portfolio)),
        ("rfi", Some(Tool::Rfis)),
        ("prime_contract", Some(Tool::PrimeContracts)),
        ("ADMIN", Some(Tool::Admin)),
        ("portfolio", Some(Tool::Portfolio)),
        ("documents", None),
        ("administrative_forms", None),
        ("", None),
    ];
    for (name, expected) in cases {
        assert_eq!(Tool::recognise(name), expected, "{name}");
    }
    for tool in Tool::ALL {
        assert_eq!(Tool::recognise(tool.label()), Some(tool));
        assert_eq!(serde_json::to_value(tool).unwrap(), tool.key());
    }
}

#[test]
fn the_documentation_is_current() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/"));
    let derived = markdown_table();
    std::fs::create_dir_all(root.join("test-output")).unwrap();
    std::fs::write(root.join("test-output/CATALOG.md"), &derived).unwrap();

    let kept = std::fs::read_to_string(root.join("docs/CATALOG.md")).unwrap_or_default();
    assert!(
        kept == derived,
        "copy test-output/CATALOG.md to docs/CATALOG.md"
    );
}

fn all_reads() -> impl Iterator<Item = &'static Read> {
    DataSet::all().flat_map(|data_set| data_set.entry().reads)
}
