//! `cyclorama assets restore`

use cyclorama_outcome::ExitCode;

use super::archive::{How, copy};
use crate::{context::Context, failure::Failure};

/// Bring a version back from an archive into a store
///
/// Into an empty place, which becomes a store like the one that was put away, or beside what such a store holds. Every byte is proven
/// before a ref points to it; no ref is moved. Repeat the command to end one that was stopped.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama assets restore /mnt/vault/wall s3://studio/wall-again\n  \
    cyclorama assets restore s3://vault/wall@delivered s3://studio/wall --as from-the-vault")]
pub(crate) struct Args {
    /// The archive, and the version in it [default: main]
    #[arg(value_name = "ARCHIVE[@VERSION]")]
    archive: String,
    /// Where to: an empty place, or a store of the same production
    store: String,
    #[command(flatten)]
    how: How,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    copy(&args.archive, &args.store, &args.how, "restored", cx)
}
