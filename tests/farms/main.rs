//! Other people's software, really run: schedulers and agents, started here on loopback and stopped again, and Blender.
//!
//! Not part of a plain run: `scripts/test` installs them and names this target, `--test farms`.

mod aws;
mod batch;
mod blender;
mod deadline;
mod slurm;
mod story;
