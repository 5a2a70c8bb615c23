//! Other people's software, really run: schedulers, started here on loopback and stopped again, and Blender.
//!
//! Not part of a plain run: `scripts/test` installs them and asks for the feature `farms`.

mod blender;
mod slurm;
