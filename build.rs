fn main() {
    // `sqlx::migrate!` embeds this folder; a new file in it must cause a rebuild.
    println!("cargo:rerun-if-changed=migrations");
}
