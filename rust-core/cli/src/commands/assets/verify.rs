//! `cyclorama assets verify`

use cyclorama_assets::verify::{Damage, VerifyOptions, VerifyReport, verify};
use cyclorama_outcome::ExitCode;
use serde::Serialize;

use super::place::{Key, place};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Prove that a store holds what it promises
///
/// Names every object that is damaged or missing, and the files that it hurts. Changes nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The store: a folder, file:// or s3://bucket/prefix
    store: String,
    /// Read every byte of it, not only what describes the content
    #[arg(long)]
    read_data: bool,
    #[command(flatten)]
    key: Key,
}

#[derive(Serialize)]
struct Verified<'a> {
    ok: bool,
    read_data: bool,
    #[serde(flatten)]
    report: &'a VerifyReport,
}

pub(crate) fn run(args: &Args, cx: &Context) -> Result<ExitCode, Failure> {
    cx.wait(async {
        let place = place(&args.store);
        let repository = place.open_with(&args.key, cx).await?;
        let options = VerifyOptions {
            read_data: args.read_data,
            cancel: cx.cancel().clone(),
            ..VerifyOptions::default()
        };
        let report = {
            let _drawn = cx.printer.follow("packs", &options.progress, &cx.clock);
            verify(&repository, &options).await.doing(format!("verify {}", place.store))?
        };
        let ok = report.damaged.is_empty();
        if cx.printer.json() {
            cx.printer.object(
                "cyclorama.store-verify/1",
                &Verified { ok, read_data: args.read_data, report: &report },
            )?;
        } else {
            report.damaged.iter().try_for_each(|damage| person(damage, cx))?;
            cx.printer.data(&sentence(&report, args.read_data))?;
        }
        Ok(if ok { ExitCode::Done } else { ExitCode::Integrity })
    })
}

fn person(damage: &Damage, cx: &Context) -> Result<(), Failure> {
    cx.printer.data(&cx.printer.bold(&format!("{}: {}", damage.object, damage.problem)))?;
    damage.files.iter().try_for_each(|file| {
        cx.printer.data(&format!("  hurts {} (in {})", file.path, file.snapshot.short()))
    })
}

fn sentence(report: &VerifyReport, read_data: bool) -> String {
    let looked = format!(
        "{}, {}, {} looked at{}",
        text::count(report.refs, "ref"),
        text::count(report.snapshots, "version"),
        text::count(report.packs, "pack"),
        if read_data { format!(", {} read", text::bytes(report.bytes_read)) } else { String::new() }
    );
    match report.damaged.len() as u64 {
        0 => format!("{looked}: all is as it was written"),
        some => format!("{looked}: {} damaged", text::count(some, "object")),
    }
}
