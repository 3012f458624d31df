//! How the records of each kind appear to the host product: the views of the schema `concierge_v1`.
//!
//! They are published: a column keeps its name, type and meaning, and what has to change becomes another
//! schema. Migrations make the views; `tests/it/host_views.rs` compares them with this list.

/// The view of a kind of records.
#[derive(Debug)]
pub struct HostView {
    /// Its name in the schema.
    pub name: &'static str,
    /// Its columns between the record's id and what every view has.
    pub columns: &'static [HostColumn],
}

/// A field of a record as a column.
#[derive(Debug)]
pub struct HostColumn {
    pub name: &'static str,
    /// Where the field is in the record.
    pub field: &'static [&'static str],
    pub column_type: ColumnType,
}

/// What a column holds. A field of another type is null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    Text,
    Bigint,
    Boolean,
    Date,
}

impl ColumnType {
    /// Its name in Postgres.
    pub fn sql_name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bigint => "bigint",
            Self::Boolean => "boolean",
            Self::Date => "date",
        }
    }
}

/// Columns, each `name` alone or `name = path of the field`, with the type.
macro_rules! columns {
    ($($name:literal $(= $($field:literal).+)?: $column_type:ident),+ $(,)?) => {
        &[$(HostColumn {
            name: $name,
            field: columns!(@field $name $($($field)+)?),
            column_type: ColumnType::$column_type,
        }),+]
    };
    (@field $name:literal) => { &[$name] };
    (@field $name:literal $($field:literal)+) => { &[$($field),+] };
}

pub(super) const PROJECT: HostView = HostView {
    name: "project",
    columns: columns![
        "name": Text,
        "display_name": Text,
        "project_number": Text,
        "active": Boolean,
        "address": Text,
        "city": Text,
        "state_code": Text,
        "zip": Text,
        "country_code": Text,
        "start_date": Date,
        "completion_date": Date,
        "project_stage_id" = "project_stage"."id": Bigint,
        "project_type_id" = "project_type"."id": Bigint,
        "project_region_id" = "project_region"."id": Bigint,
        "office_id" = "office"."id": Bigint,
        "program_id" = "program"."id": Bigint,
    ],
};

pub(super) const PROJECT_STAGE: HostView = HostView {
    name: "project_stage",
    columns: columns!["name": Text, "category": Text],
};

pub(super) const PROJECT_TYPE: HostView = HostView {
    name: "project_type",
    columns: columns!["name": Text],
};

pub(super) const PROJECT_REGION: HostView = HostView {
    name: "project_region",
    columns: columns!["name": Text],
};

pub(super) const PERSON: HostView = HostView {
    name: "person",
    columns: columns![
        "name": Text,
        "first_name": Text,
        "last_name": Text,
        "email_address": Text,
        "job_title": Text,
        "business_phone": Text,
        "mobile_phone": Text,
        "is_active": Boolean,
        "is_employee": Boolean,
        "employee_id": Text,
        "company_id" = "vendor"."id": Bigint,
    ],
};

pub(super) const COMPANY: HostView = HostView {
    name: "company",
    columns: columns![
        "name": Text,
        "is_active": Boolean,
        "email_address": Text,
        "business_phone": Text,
        "website": Text,
        "address": Text,
        "city": Text,
        "state_code": Text,
        "zip": Text,
        "country_code": Text,
    ],
};

pub(super) const DEPARTMENT: HostView = HostView {
    name: "department",
    columns: columns!["name": Text],
};

pub(super) const OFFICE: HostView = HostView {
    name: "office",
    columns: columns![
        "name": Text,
        "phone": Text,
        "address": Text,
        "city": Text,
        "state_code": Text,
        "zip": Text,
        "country_code": Text,
    ],
};

pub(super) const PROGRAM: HostView = HostView {
    name: "program",
    columns: columns!["name": Text],
};

pub(super) const TRADE: HostView = HostView {
    name: "trade",
    columns: columns!["name": Text, "active": Boolean],
};

pub(super) const COST_CODE: HostView = HostView {
    name: "cost_code",
    columns: columns![
        "name": Text,
        "code": Text,
        "full_code": Text,
        "parent_id": Bigint,
        "cost_code_list_id" = "standard_cost_code_list_id": Bigint,
    ],
};

pub(super) const COST_CODE_LIST: HostView = HostView {
    name: "cost_code_list",
    columns: columns!["name": Text],
};

pub(super) const PROJECT_PERSON: HostView = HostView {
    name: "project_person",
    columns: columns![
        "name": Text,
        "first_name": Text,
        "last_name": Text,
        "email_address": Text,
        "job_title": Text,
        "business_phone": Text,
        "mobile_phone": Text,
        "is_active": Boolean,
        "is_employee": Boolean,
        "employee_id": Text,
        "company_id" = "vendor"."id": Bigint,
    ],
};

pub(super) const PROJECT_COMPANY: HostView = HostView {
    name: "project_company",
    columns: columns![
        "name": Text,
        "is_active": Boolean,
        "email_address": Text,
        "business_phone": Text,
        "website": Text,
        "address": Text,
        "city": Text,
        "state_code": Text,
        "zip": Text,
        "country_code": Text,
    ],
};

pub(super) const LOCATION: HostView = HostView {
    name: "location",
    columns: columns![
        "name": Text,
        "node_name": Text,
        "parent_id": Bigint,
    ],
};

pub(super) const RFI: HostView = HostView {
    name: "rfi",
    columns: columns![
        "number": Text,
        "subject": Text,
        "status": Text,
        "due_date": Date,
        "private": Boolean,
        "assignee_id" = "assignee"."id": Bigint,
        "responsible_contractor_id" = "responsible_contractor"."id": Bigint,
        "location_id": Bigint,
    ],
};

pub(super) const SUBMITTAL: HostView = HostView {
    name: "submittal",
    columns: columns![
        "number": Text,
        "revision": Text,
        "title": Text,
        "status" = "status"."name": Text,
        "submittal_type" = "type"."name": Text,
        "current_revision": Boolean,
        "due_date": Date,
        "private": Boolean,
        "responsible_contractor_id" = "responsible_contractor"."id": Bigint,
        "location_id": Bigint,
    ],
};

pub(super) const PRIME_CONTRACT: HostView = HostView {
    name: "prime_contract",
    columns: columns![
        "number": Text,
        "title": Text,
        "status": Text,
        "executed": Boolean,
        "private": Boolean,
        "grand_total": Text,
        "contract_date": Date,
        "company_id" = "vendor"."id": Bigint,
    ],
};

pub(super) const COMMITMENT: HostView = HostView {
    name: "commitment",
    columns: columns![
        "number": Text,
        "title": Text,
        "status": Text,
        "commitment_type" = "type": Text,
        "executed": Boolean,
        "private": Boolean,
        "grand_total": Text,
        "company_id" = "vendor"."id": Bigint,
    ],
};

pub(super) const CHANGE_EVENT: HostView = HostView {
    name: "change_event",
    columns: columns![
        "number": Text,
        "title": Text,
        "status" = "status"."name": Text,
        "change_type": Text,
    ],
};

pub(super) const DRAWING_REVISION: HostView = HostView {
    name: "drawing_revision",
    columns: columns![
        "drawing_id": Bigint,
        "number": Text,
        "title": Text,
        "revision_number": Text,
        "discipline" = "discipline"."name": Text,
        "drawing_date": Date,
        "obsolete": Boolean,
    ],
};

pub(super) const MEETING: HostView = HostView {
    name: "meeting",
    columns: columns![
        "title": Text,
        "number" = "position": Text,
        "starts_at": Text,
        "location": Text,
        "status": Text,
        "is_private": Boolean,
    ],
};
