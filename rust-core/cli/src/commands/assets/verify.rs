//! `cyclorama assets verify`

use cyclorama_assets::verify::{Condemned, Damage, VerifyOptions, VerifyReport, condemn, verify};
use cyclorama_outcome::ExitCode;
use serde::Serialize;

use super::place::{Key, owner, place};
use crate::{
    context::Context,
    failure::{Doing as _, Failure},
    text,
};

/// Prove that a store holds what it promises
///
/// Names every object that is damaged or missing, and the files that it hurts. Changes nothing, but with --condemn.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:\n  \
    cyclorama assets verify ./store --read-data\n  \
    cyclorama assets verify s3://studio/wall --read-data --condemn")]
pub(crate) struct Args {
    /// The store: a folder, file:// or s3://bucket/prefix
    store: String,
    /// Read every byte of it, not only what describes the content
    #[arg(long)]
    read_data: bool,
    /// Mend it: index objects are written anew from what the packs say, and packs that are damaged or lost are condemned for
    /// good: nobody counts on them any more, and whoever still has the files sends it again with the next publish
    #[arg(long)]
    condemn: bool,
    #[command(flatten)]
    key: Key,
}

#[derive(Serialize)]
struct Verified<'a> {
    ok: bool,
    read_data: bool,
    #[serde(flatten)]
    report: &'a VerifyReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    condemned: Option<&'a Condemned>,
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
        let condemned = if args.condemn && !ok {
            let owner = owner(cx, None).to_string();
            let doing = format!("condemn what is damaged in {}", place.store);
            let options = VerifyOptions { cancel: cx.cancel().clone(), ..VerifyOptions::default() };
            let _drawn = cx.printer.follow("packs", &options.progress, &cx.clock);
            Some(condemn(&repository, &report, &owner, &options).await.doing(doing)?)
        } else {
            None
        };
        if cx.printer.json() {
            let (read_data, report, condemned) = (args.read_data, &report, condemned.as_ref());
            cx.printer.object("cyclorama.store-verify/1", &Verified { ok, read_data, report, condemned })?;
        } else {
            report.damaged.iter().try_for_each(|damage| person(damage, cx))?;
            cx.printer.data(&sentence(&report, args.read_data))?;
            if !ok {
                cx.printer.data(&what_to_do(&report, condemned.as_ref()))?;
            }
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

/// How what is damaged is mended.
fn what_to_do(report: &VerifyReport, condemned: Option<&Condemned>) -> String {
    let begin = match condemned {
        Some(Condemned { packs: 0, indexes: 0, .. }) => String::new(),
        Some(Condemned { packs: 0, indexes, .. }) => {
            return format!(
                "{} written anew from what the packs say; see what is left to do with: cyclorama assets verify STORE",
                text::count(*indexes, "index object")
            );
        }
        Some(Condemned { packs, indexes: 0, .. }) => format!("{} condemned; ", text::count(*packs, "pack")),
        Some(Condemned { packs, indexes, .. }) => format!(
            "{} condemned, {} written anew; ",
            text::count(*packs, "pack"),
            text::count(*indexes, "index object")
        ),
        None if report.bad_packs.is_empty() && !report.hurts_index() => String::new(),
        None if report.bad_packs.is_empty() => {
            return "to mend the index, which the packs say: run this again with --condemn".to_owned();
        }
        None => "to mend it: run this again with --condemn, which writes the index anew and gives up packs that are damaged \
                 for good; then "
            .to_owned(),
    };
    format!(
        "{begin}publish from a folder that has the files of the newest version, also where nothing changed in it; or bring \
         them back with: cyclorama assets restore ARCHIVE STORE --as NAME. Versions that nobody can bring back are given up \
         with: cyclorama assets gc STORE --keep RULE"
    )
}

#[cfg(test)]
mod tests {
    use cyclorama_assets::PackId;

    use super::*;

    #[test]
    fn damage_ends_with_what_to_do() {
        let bad = PackId::from_bytes([7; 32]);
        let report = VerifyReport { bad_packs: [bad].into(), ..VerifyReport::default() };
        let said = what_to_do(&report, None);
        assert!(said.contains("--condemn") && said.contains("publish") && said.contains("restore"), "{said}");
        let said = what_to_do(&report, Some(&Condemned { packs: 1, indexes: 0, epoch: 3 }));
        assert!(said.starts_with("1 pack condemned; publish from a folder"), "{said}");
        let said = what_to_do(&report, Some(&Condemned { packs: 1, indexes: 2, epoch: 3 }));
        assert!(said.starts_with("1 pack condemned, 2 index objects written anew; publish"), "{said}");
        let said = what_to_do(&report, Some(&Condemned { packs: 0, indexes: 1, epoch: 3 }));
        assert!(said.starts_with("1 index object written anew") && said.ends_with("verify STORE"), "{said}");
        let known = VerifyReport::default();
        assert!(what_to_do(&known, None).starts_with("publish"), "all of it is condemned already");
    }
}
