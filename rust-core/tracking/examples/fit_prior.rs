//! Writes `predict/prior_table.rs`: the habits of the recorded cameras named on the command line.
//!
//! `cargo run --release -p cyclorama-tracking --example fit_prior -- tests/data/motion/*.csv > table.rs`

#![allow(clippy::print_stdout, reason = "the table is the output")]

use std::{error::Error, fs};

use cyclorama_tracking::{
    motion::Motion,
    predict::{Belief, fit},
};

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let mut motions = Vec::new();
    for path in &paths {
        motions.push(Motion::from_csv(&fs::read_to_string(path)?)?);
    }
    let beliefs = fit::beliefs(&motions, &fit::HORIZONS);
    println!(
        "//! Habits of recorded cameras, fitted by `examples/fit_prior.rs` on `tests/data/motion`. Not edited by hand."
    );
    println!("\nuse super::{{prior::Belief, velocity::COUNT}};");
    print_table("POSITION", &beliefs.position);
    print_table("ROTATION", &beliefs.rotation);
    Ok(())
}

fn print_table(name: &str, table: &[Belief]) {
    println!(
        "\n/// Horizons ascending.\n#[rustfmt::skip]\npub(super) const {name}: [Belief; {}] = [",
        table.len()
    );
    for belief in table {
        println!(
            "    Belief {{\n        horizon: {:?},\n        mean: {},",
            belief.horizon,
            numbers(&belief.mean)
        );
        println!("        covariance: [");
        belief.covariance.iter().for_each(|row| println!("            {},", numbers(row)));
        println!("        ],\n    }},");
    }
    println!("];\n\nconst _: () = assert!({name}[0].mean.len() == COUNT);");
}

fn numbers(values: &[f64]) -> String {
    let texts: Vec<String> = values.iter().map(|value| format!("{value:.5}")).collect();
    format!("[{}]", texts.join(", "))
}
