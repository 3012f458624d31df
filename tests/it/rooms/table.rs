//! The table itself.

pub(super) const PURE: &[&str] = &[
    "onboarding",
    "ledger",
    "connection",
    "verdict",
    "identity",
    "catalog",
    "activity",
];
pub(super) const GROUND: &[&str] = &[
    "paths",
    "store",
    "procore",
    "vault",
    "work",
    "config",
    "clock",
    "telemetry",
    "text",
];
pub(super) const SHARED: &[&str] = &["app", "sync", "mail"];

/// What each room may import from the others. A room that is not listed here may not exist.
pub(super) const MAY_IMPORT: &[(&str, &[&[&str]])] = &[
    ("activity", &[]),
    ("macros", &[]),
    ("paths", &[]),
    ("catalog", &[&["paths"]]),
    ("identity", &[&["paths"]]),
    ("verdict", &[&["catalog"]]),
    ("connection", &[&["catalog", "identity", "verdict"]]),
    ("ledger", &[&["catalog", "connection", "macros"]]),
    (
        "onboarding",
        &[&[
            "paths",
            "activity",
            "catalog",
            "identity",
            "verdict",
            "connection",
            "ledger",
        ]],
    ),
    ("clock", &[]),
    ("vault", &[&["identity"]]),
    ("work", &[&["store", "clock", "telemetry"]]),
    ("procore", &[&["catalog", "identity", "verdict", "clock"]]),
    ("config", &[&["identity", "paths", "procore", "vault"]]),
    ("telemetry", &[&["config", "paths"]]),
    ("content", &[PURE]),
    ("text", &[PURE, &["procore"]]),
    ("store", &[PURE, &["vault"]]),
    ("app", &[PURE, GROUND, &["mail"]]),
    ("mail", &[PURE, GROUND, &["app"]]),
    ("sync", &[PURE, GROUND, &["app"]]),
    ("events", &[PURE, GROUND, SHARED]),
    ("checks", &[PURE, GROUND, SHARED, &["watch"]]),
    ("help", &[PURE, GROUND, &["app", "content"]]),
    (
        "watch",
        &[
            PURE,
            GROUND,
            SHARED,
            &["content", "help", "reconcile", "webhooks"],
        ],
    ),
    ("engine", &[PURE, GROUND, &["app", "sync"]]),
    ("webhooks", &[PURE, GROUND, &["app", "engine"]]),
    ("reading", &[PURE, GROUND, SHARED, &["engine"]]),
    (
        "reconcile",
        &[PURE, GROUND, SHARED, &["engine", "reading", "webhooks"]],
    ),
    (
        "completion",
        &[
            PURE,
            GROUND,
            SHARED,
            &[
                "events",
                "engine",
                "help",
                "reading",
                "reconcile",
                "watch",
                "webhooks",
            ],
        ],
    ),
    (
        "projects",
        &[
            PURE,
            GROUND,
            &[
                "app",
                "events",
                "engine",
                "reading",
                "reconcile",
                "watch",
                "webhooks",
            ],
        ],
    ),
    ("removal", &[PURE, GROUND, &["app", "engine", "webhooks"]]),
    (
        "flows",
        &[
            PURE,
            GROUND,
            SHARED,
            &[
                "checks",
                "events",
                "engine",
                "projects",
                "reconcile",
                "removal",
                "watch",
                "webhooks",
            ],
        ],
    ),
    (
        "worker",
        &[
            SHARED,
            &[
                "flows",
                "checks",
                "events",
                "engine",
                "completion",
                "removal",
                "projects",
                "reading",
                "reconcile",
                "identity",
                "ledger",
                "store",
                "watch",
                "webhooks",
                "work",
            ],
        ],
    ),
    (
        "web",
        &[
            PURE,
            &[
                "app",
                "flows",
                "store",
                "content",
                "help",
                "config",
                "clock",
                "telemetry",
                "text",
                "paths",
            ],
            &["procore", "vault"],
        ],
    ),
    (
        "cli",
        &[PURE, GROUND, SHARED, &["web", "worker", "flows", "removal"]],
    ),
    ("main", &[&["cli"]]),
    ("lib", &[]),
];

/// Where a room may name only a few things of another, and why.
pub(super) const ONLY_NAMES: &[(&str, &str, &[&str], &str)] = &[
    (
        "flows",
        "events",
        &["task"],
        "a delivery puts the work of applying it, and that is all",
    ),
    (
        "completion",
        "events",
        &["task"],
        "the end of the first reading lets what was announced be applied",
    ),
    (
        "completion",
        "reconcile",
        &["task", "next"],
        "the end of the first reading plans the first reconcile",
    ),
    (
        "watch",
        "reconcile",
        &["task", "late", "schedule"],
        "what was lost is read again, and what the schedule promises is compared with what was read",
    ),
    (
        "completion",
        "watch",
        &["connections"],
        "the end of a setup is the beginning of the looks at what was set up",
    ),
    (
        "flows",
        "watch",
        &[
            "projects",
            "address",
            "connections",
            "deliveries",
            "reminder",
        ],
        "a flow puts a look at a connection, at projects or at our address, or sends the reminder that support asks for",
    ),
    (
        "flows",
        "webhooks",
        &["left"],
        "credentials that took another app's place remove what that one made",
    ),
    (
        "flows",
        "engine",
        &["begin", "task", "task_of"],
        "a flow begins a run or puts its work, and carries none out",
    ),
    (
        "projects",
        "events",
        &["task"],
        "the end of an integration lets what was announced be applied",
    ),
    (
        "flows",
        "projects",
        &["task"],
        "a flow puts the work of beginning projects, and that is all",
    ),
    (
        "flows",
        "removal",
        &["task", "settling", "SETTLED_AFTER"],
        "a flow puts the rest of a firm's removal, or what a removal waits for, and that is all",
    ),
    (
        "flows",
        "checks",
        &["task", "kept"],
        "a flow puts the checks, and that is all",
    ),
    (
        "web",
        "procore",
        &[
            "ClientId",
            "ClientIdError",
            "ClientSecret",
            "ClientSecretError",
            "CompanyId",
            "CompanyIdError",
            "clean",
        ],
        "a form validates what was typed; pages do not call Procore",
    ),
    (
        "text",
        "procore",
        &["ClientIdError", "ClientSecretError", "CompanyIdError"],
        "it words what a form says about them",
    ),
    (
        "web",
        "vault",
        &["token_hash"],
        "pages hash a session's token; they seal and open nothing",
    ),
    (
        "store",
        "vault",
        &["Sealed"],
        "the store keeps what is sealed and cannot open it",
    ),
];

/// Words, the only rooms that may use them, and why.
pub(super) const ONLY_IN: &[(&[&str], &[&str], &str)] = &[
    (
        &["sqlx::query", "sqlx::raw_sql", "QueryBuilder"],
        &["store"],
        "SQL lives in store",
    ),
    (&["axum::"], &["web", "cli"], "HTTP stays in web"),
    (
        &[
            ".route(\"",
            "\"/firms",
            "\"/support",
            "\"/handover",
            "\"/webhooks",
        ],
        &["paths"],
        "every address is spelt in paths",
    ),
    (
        &["askama::"],
        &["web", "mail"],
        "pages and mails are written in web and mail",
    ),
];

/// What the pure rooms do without. Deriving `sqlx::Type` is allowed: it declares how a value is
/// stored, beside the value.
pub(super) const IMPURE: &[&str] = &[
    "tokio::",
    "PgConnection",
    "PgPool",
    "std::fs",
    "std::net::Tcp",
    "async fn",
];
