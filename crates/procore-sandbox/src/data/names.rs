//! Word lists from which names are made.

pub const PLACES: [&str; 24] = [
    "Lakeside",
    "Harbor",
    "Mill Street",
    "North Ridge",
    "Cedar",
    "Union",
    "Riverbend",
    "Eastgate",
    "Summit",
    "Prospect",
    "Canal",
    "Fairview",
    "Granite",
    "Orchard",
    "Bay",
    "Station",
    "Maple",
    "Westfield",
    "Pioneer",
    "Garden",
    "Stone Bridge",
    "Clearwater",
    "Foundry",
    "Market",
];
pub const BUILDINGS: [&str; 16] = [
    "Mixed Use",
    "Medical Center",
    "Elementary School",
    "Tower",
    "Parking Structure",
    "Apartments",
    "Data Center",
    "Library",
    "Office Park",
    "Hotel",
    "Warehouse",
    "Fire Station",
    "Laboratory",
    "Transit Hub",
    "Recreation Center",
    "Courthouse Renovation",
];
pub const FIRST_NAMES: [&str; 20] = [
    "Ana", "Ben", "Carla", "Dmitri", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Keiko",
    "Liam", "Maya", "Noah", "Olga", "Priya", "Quinn", "Rosa", "Samuel", "Tess",
];
pub const LAST_NAMES: [&str; 24] = [
    "Alvarez", "Brandt", "Castillo", "Duval", "Eriksen", "Fischer", "Gomez", "Hughes", "Ibrahim",
    "Jensen", "Kowalski", "Larsen", "Moreau", "Nakamura", "O'Brien", "Petrov", "Quintero", "Rossi",
    "Schmidt", "Tanaka", "Ueda", "Vargas", "Weber", "Young",
];
pub const JOB_TITLES: [&str; 8] = [
    "Project Manager",
    "Superintendent",
    "Project Engineer",
    "Estimator",
    "Safety Manager",
    "Controller",
    "Foreman",
    "Coordinator",
];
pub const COMPANY_KINDS: [&str; 10] = [
    "Electric",
    "Plumbing",
    "Concrete",
    "Roofing",
    "Steel",
    "Glazing",
    "Mechanical",
    "Drywall",
    "Excavation",
    "Landscaping",
];
pub const COMPANY_FORMS: [&str; 5] = ["LLC", "Inc.", "& Sons", "Co.", "Group"];
pub const CITIES: [(&str, &str, &str); 10] = [
    ("Carpinteria", "CA", "93013"),
    ("Portland", "OR", "97201"),
    ("Austin", "TX", "78701"),
    ("Denver", "CO", "80202"),
    ("Tampa", "FL", "33602"),
    ("Boise", "ID", "83702"),
    ("Columbus", "OH", "43215"),
    ("Raleigh", "NC", "27601"),
    ("Spokane", "WA", "99201"),
    ("Tucson", "AZ", "85701"),
];
pub const DEPARTMENTS: [&str; 8] = [
    "Commercial",
    "Healthcare",
    "Education",
    "Residential",
    "Infrastructure",
    "Interiors",
    "Preconstruction",
    "Special Projects",
];
pub const TRADES: [&str; 16] = [
    "Concrete",
    "Masonry",
    "Structural Steel",
    "Carpentry",
    "Roofing",
    "Doors and Windows",
    "Glazing",
    "Drywall",
    "Flooring",
    "Painting",
    "Fire Protection",
    "Plumbing",
    "HVAC",
    "Electrical",
    "Earthwork",
    "Landscaping",
];
pub const COST_CODES: [&str; 12] = [
    "General Conditions",
    "Site Work",
    "Concrete Formwork",
    "Reinforcing",
    "Masonry Units",
    "Structural Framing",
    "Rough Carpentry",
    "Membrane Roofing",
    "Storefronts",
    "Gypsum Board",
    "Piping",
    "Conduit",
];
pub const STAGES: [(&str, &str); 8] = [
    ("Bidding", "pre_construction"),
    ("Pre-Construction", "pre_construction"),
    ("Course of Construction", "course_of_construction"),
    ("Warranty", "post_construction"),
    ("Post-Construction", "post_construction"),
    ("Complete", "completed"),
    ("Not Awarded", "not_awarded"),
    ("Canceled", "canceled"),
];
pub const PROJECT_TYPES: [&str; 6] = [
    "Commercial",
    "Healthcare",
    "Education",
    "Residential",
    "Industrial",
    "Public",
];
pub const REGIONS: [&str; 5] = ["West", "Mountain", "South", "Midwest", "Northeast"];
pub const OWNER_TYPES: [&str; 4] = ["Private", "Public", "Developer", "Non-Profit"];
pub const BID_TYPES: [&str; 4] = ["Negotiated", "Hard Bid", "Design-Build", "GMP"];

/// The word at `index`, numbered from the second round on so that names stay apart.
pub fn numbered(words: &[&str], index: i64) -> String {
    let count = words.len() as i64;
    let word = words[index.rem_euclid(count) as usize];
    match index.div_euclid(count) {
        0 => word.to_owned(),
        round => format!("{word} {}", round + 1),
    }
}
