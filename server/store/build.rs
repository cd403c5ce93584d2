//! Makes a new migration rebuild the crate: `sqlx::migrate!` alone notices only changes to files it already knows.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
