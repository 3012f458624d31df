//! Word lists from which names are made.

#[rustfmt::skip]
mod lists {
    pub(crate) const PLACES: &[&str] = &[
        "Lakeside", "Harbor", "Mill Street", "North Ridge", "Cedar", "Union", "Riverbend", "Eastgate",
        "Summit", "Prospect", "Canal", "Fairview", "Granite", "Orchard", "Bay", "Station", "Maple",
        "Westfield", "Pioneer", "Garden", "Stone Bridge", "Clearwater", "Foundry", "Market",
    ];
    pub(crate) const BUILDINGS: &[&str] = &[
        "Mixed Use", "Medical Center", "Elementary School", "Tower", "Parking Structure", "Apartments",
        "Data Center", "Library", "Office Park", "Hotel", "Warehouse", "Fire Station", "Laboratory",
        "Transit Hub", "Recreation Center", "Courthouse Renovation",
    ];
    pub(crate) const FIRST_NAMES: &[&str] = &[
        "Ana", "Ben", "Carla", "Dmitri", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Keiko",
        "Liam", "Maya", "Noah", "Olga", "Priya", "Quinn", "Rosa", "Samuel", "Tess",
    ];
    pub(crate) const LAST_NAMES: &[&str] = &[
        "Alvarez", "Brandt", "Castillo", "Duval", "Eriksen", "Fischer", "Gomez", "Hughes", "Ibrahim",
        "Jensen", "Kowalski", "Larsen", "Moreau", "Nakamura", "O'Brien", "Petrov", "Quintero", "Rossi",
        "Schmidt", "Tanaka", "Ueda", "Vargas", "Weber", "Young",
    ];
    pub(crate) const JOB_TITLES: &[&str] = &[
        "Project Manager", "Superintendent", "Project Engineer", "Estimator", "Safety Manager",
        "Controller", "Foreman", "Coordinator",
    ];
    pub(crate) const COMPANY_KINDS: &[&str] = &[
        "Electric", "Plumbing", "Concrete", "Roofing", "Steel", "Glazing", "Mechanical", "Drywall",
        "Excavation", "Landscaping",
    ];
    pub(crate) const COMPANY_FORMS: &[&str] = &["LLC", "Inc.", "& Sons", "Co.", "Group"];
    pub(crate) const CITIES: &[(&str, &str, &str)] = &[
        ("Carpinteria", "CA", "93013"), ("Portland", "OR", "97201"), ("Austin", "TX", "78701"),
        ("Denver", "CO", "80202"), ("Tampa", "FL", "33602"), ("Boise", "ID", "83702"),
        ("Columbus", "OH", "43215"), ("Raleigh", "NC", "27601"), ("Spokane", "WA", "99201"),
        ("Tucson", "AZ", "85701"),
    ];
    pub(crate) const DEPARTMENTS: &[&str] = &[
        "Commercial", "Healthcare", "Education", "Residential", "Infrastructure", "Interiors",
        "Preconstruction", "Special Projects",
    ];
    pub(crate) const TRADES: &[&str] = &[
        "Concrete", "Masonry", "Structural Steel", "Carpentry", "Roofing", "Doors and Windows", "Glazing",
        "Drywall", "Flooring", "Painting", "Fire Protection", "Plumbing", "HVAC", "Electrical",
        "Earthwork", "Landscaping",
    ];
    pub(crate) const COST_CODES: &[&str] = &[
        "General Conditions", "Site Work", "Concrete Formwork", "Reinforcing", "Masonry Units",
        "Structural Framing", "Rough Carpentry", "Membrane Roofing", "Storefronts", "Gypsum Board",
        "Piping", "Conduit",
    ];
    pub(crate) const STAGES: &[(&str, &str)] = &[
        ("Bidding", "pre_construction"), ("Pre-Construction", "pre_construction"),
        ("Course of Construction", "course_of_construction"), ("Warranty", "post_construction"),
        ("Post-Construction", "post_construction"), ("Complete", "completed"),
        ("Not Awarded", "not_awarded"), ("Canceled", "canceled"),
    ];
    pub(crate) const PROJECT_TYPES: &[&str] =
        &["Commercial", "Healthcare", "Education", "Residential", "Industrial", "Public"];
    pub(crate) const REGIONS: &[&str] = &["West", "Mountain", "South", "Midwest", "Northeast"];
    pub(crate) const OWNER_TYPES: &[&str] = &["Private", "Public", "Developer", "Non-Profit"];
    pub(crate) const BID_TYPES: &[&str] = &["Negotiated", "Hard Bid", "Design-Build", "GMP"];
}

pub(super) use lists::*;

/// The entry at a number, begun again where the list ends.
pub(super) fn pick<T: Copy>(list: &[T], number: u64) -> T {
    list[(number % list.len() as u64) as usize]
}

/// The word at `index`, numbered from the second round on so that names stay apart.
pub(super) fn numbered(words: &[&str], index: i64) -> String {
    let word = pick(words, index as u64);
    match index / words.len() as i64 {
        0 => word.to_owned(),
        round => format!("{word} {}", round + 1),
    }
}
