//! Prints where the time of a compiled training step of the seed model goes:
//! `cargo run --release -p wengert-bench --example step_profile [THREADS]`.

use std::error::Error;
use wengert_bench::{data::Data, network::BATCH, planned::PlanTrainer};

fn main() -> Result<(), Box<dyn Error>> {
    let threads = std::env::args().nth(1).map_or(Ok(2), |given| given.parse())?;
    let (task, _) = Data::find(None)?;
    print!("{}", PlanTrainer::new(task, BATCH, threads)?.profile(200)?);
    Ok(())
}
