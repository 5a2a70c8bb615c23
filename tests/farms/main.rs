//! Farms: the command with real schedulers, started here on loopback and stopped again.
//!
//! Not part of a plain run: `scripts/test` installs the schedulers and asks for the feature `farms`.

mod slurm;
