//! The Slurm engine: worker slots as the tasks of job arrays.
//!
//! Talks to the cluster by `sbatch`, `squeue` and `scancel`, as every site has them, and never parses prose: formats
//! are asked for. A worker's name in the ledger says its array task and how often Slurm restarted it.

use std::ffi::OsString;

use async_trait::async_trait;

use super::{Engine, EngineError, SlotCounts, SlotRequest, Submission, shell, tool};

/// The most tasks one array has; Slurm's own `MaxArraySize` is 1001 where a site did not change it.
const LARGEST_ARRAY: u32 = 1_000;

/// Slurm, as this machine's tools reach it.
#[derive(Clone, Debug, Default)]
pub struct Slurm {
    /// What the site wants said to `sbatch`: `--partition=gpu`, `--account=show`, `--time=8:00:00`...
    pub options: Vec<OsString>,
}

impl Slurm {
    fn sbatch(&self, request: &SlotRequest, slots: u32) -> Result<Vec<OsString>, EngineError> {
        let log = request.logs.join("slurm-%A_%a.log");
        let mut arguments: Vec<OsString> = vec![
            "--parsable".into(),
            format!("--array=0-{}", slots - 1).into(),
            "--requeue".into(),
            "--open-mode=append".into(),
            format!("--job-name={}", request.name).into(),
        ];
        if !request.tags.is_empty() {
            let tags = request.tags.iter().map(|(name, value)| format!("{name}={value}"));
            arguments.push(format!("--comment={}", tags.collect::<Vec<_>>().join(",")).into());
        }
        if let Some(wait) = request.begin_in {
            // Rounded up, so that no worker of it has to wait.
            arguments.push(format!("--begin=now+{}", wait.as_secs() + 1).into());
        }
        let mut output = OsString::from("--output=");
        output.push(log);
        arguments.push(output);
        if let Some(bad) = self.options.iter().find(|option| !option.to_string_lossy().starts_with("--")) {
            return Err(EngineError::Option { option: bad.to_string_lossy().into_owned() });
        }
        arguments.extend(self.options.iter().cloned());
        Ok(arguments)
    }
}

/// The script of a slot: the worker takes the shell's place, so that Slurm's signals reach it.
fn script(request: &SlotRequest) -> Result<String, EngineError> {
    let words: Result<Vec<String>, _> = request.command.iter().map(|word| shell::quoted(word)).collect();
    let words = words.map_err(EngineError::Word)?.join(" ");
    let name = r#""slurm-${SLURM_ARRAY_JOB_ID:-0}-${SLURM_ARRAY_TASK_ID:-0}.${SLURM_RESTART_COUNT:-0}""#;
    Ok(format!("#!/bin/sh\nexec {words} --name {name}\n"))
}

#[async_trait]
impl Engine for Slurm {
    fn name(&self) -> &'static str {
        "slurm"
    }

    fn begins_later(&self) -> bool {
        true
    }

    async fn submit(&self, request: &SlotRequest, slots: u32) -> Result<Submission, EngineError> {
        let slots = slots.clamp(1, LARGEST_ARRAY);
        let said = tool::run("sbatch", &self.sbatch(request, slots)?, &script(request)?).await?;
        let id = array_of(&said).ok_or_else(|| EngineError::Farm {
            program: "sbatch".to_owned(),
            said: format!("`{}` is no job number", said.trim()),
        })?;
        Ok(Submission { id, slots })
    }

    async fn state(&self, submission: &Submission) -> Result<SlotCounts, EngineError> {
        let (job, cluster) = job_and_cluster(&submission.id);
        let arguments = ["--noheader", "--array", "--states=all", "--format=%T|%r", "--jobs", job];
        let arguments: Vec<OsString> =
            arguments.into_iter().map(OsString::from).chain(cluster.map(OsString::from)).collect();
        match tool::run("squeue", &arguments, "").await {
            Ok(said) => Ok(counts(&said, submission.slots)),
            Err(EngineError::Farm { said, .. }) if said.contains("Invalid job id") => {
                Ok(SlotCounts { ended: submission.slots, ..SlotCounts::default() })
            }
            Err(error) => Err(error),
        }
    }

    async fn cancel(&self, submission: &Submission) -> Result<(), EngineError> {
        // --batch: the script's own process is told too, not only steps, of which there are none.
        for signal in [&["--signal=TERM", "--batch"][..], &[]] {
            let (job, cluster) = job_and_cluster(&submission.id);
            let arguments = signal.iter().copied().chain(["--quiet"]).chain(cluster.as_deref()).chain([job]);
            let arguments: Vec<OsString> = arguments.map(OsString::from).collect();
            match tool::run("scancel", &arguments, "").await {
                Err(EngineError::Farm { said, .. }) if said.contains("Invalid job id") => return Ok(()),
                ended => ended.map(drop)?,
            }
        }
        Ok(())
    }
}

/// What `sbatch --parsable` says, `123` or `123;cluster`: where it is another cluster, its name belongs to the number.
fn array_of(said: &str) -> Option<String> {
    let said = said.lines().last()?.trim();
    let (job, cluster) = said.split_once(';').map_or((said, None), |(job, cluster)| (job, Some(cluster)));
    let is_job = !job.is_empty() && job.len() <= 20 && job.bytes().all(|c| c.is_ascii_digit());
    let is_name = |name: &str| {
        let is_letter = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.');
        (1..=64).contains(&name.len()) && name.bytes().all(is_letter)
    };
    (is_job && cluster.is_none_or(is_name)).then(|| said.to_owned())
}

/// The number of a job and, where it runs on another cluster, the argument that says so.
fn job_and_cluster(id: &str) -> (&str, Option<String>) {
    id.split_once(';').map_or((id, None), |(job, cluster)| (job, Some(format!("--clusters={cluster}"))))
}

/// Counts lines of `STATE|reason`. Tasks that Slurm does not list any more have ended.
fn counts(said: &str, slots: u32) -> SlotCounts {
    let mut counts = SlotCounts::default();
    for line in said.lines() {
        let (state, reason) = line.trim().split_once('|').unwrap_or((line.trim(), ""));
        match state {
            "RUNNING" | "COMPLETING" | "CONFIGURING" | "STAGE_OUT" | "SIGNALING" | "RESIZING" => {
                counts.running += 1;
            }
            // A task whose machine was lost waits some two minutes before Slurm starts it again.
            "PENDING" | "REQUEUED" if matches!(reason, "BeginTime" | "JobHeldAdmin" | "JobHeldUser") => {
                counts.postponed += 1;
            }
            "REQUEUE_HOLD" | "SPECIAL_EXIT" | "SUSPENDED" | "STOPPED" => counts.postponed += 1,
            "PENDING" | "REQUEUED" | "REQUEUE_FED" => counts.waiting += 1,
            _ => {}
        }
    }
    counts.ended = slots.saturating_sub(counts.alive() + counts.postponed);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> SlotRequest {
        SlotRequest {
            name: "cyclorama-7f3a".to_owned(),
            command: ["/opt/cyc lorama", "render", "worker", "--ledger", "/mnt/l'edger"]
                .map(Into::into)
                .to_vec(),
            logs: "/mnt/logs".into(),
            begin_in: Some(std::time::Duration::from_millis(5400)),
            tags: [("production", "Nemo"), ("take", "12")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        }
    }

    #[test]
    fn the_worker_takes_the_shells_place_and_says_its_task() {
        let script = script(&request()).expect("plain words");
        assert!(script.starts_with("#!/bin/sh\nexec '/opt/cyc lorama' 'render' "), "{script}");
        assert!(script.contains(r"'/mnt/l'\''edger' --name"), "{script}");
        assert!(script.contains("SLURM_RESTART_COUNT"), "{script}");
    }

    #[test]
    fn site_options_reach_sbatch_and_anything_else_is_refused() {
        let slurm = Slurm { options: vec!["--partition=gpu".into()] };
        assert!(slurm.sbatch(&request(), 4).expect("options").contains(&"--begin=now+6".into()));
        assert!(slurm.sbatch(&request(), 4).expect("options").contains(&"--partition=gpu".into()));
        assert!(
            slurm
                .sbatch(&request(), 4)
                .expect("options")
                .contains(&"--comment=production=Nemo,take=12".into())
        );
        let slurm = Slurm { options: vec!["evil.sh".into()] };
        assert!(matches!(slurm.sbatch(&request(), 4), Err(EngineError::Option { .. })));
    }

    #[test]
    fn job_numbers_are_read_with_and_without_a_cluster() {
        assert_eq!(array_of("4711\n").as_deref(), Some("4711"));
        assert_eq!(array_of("4711;stage\n").as_deref(), Some("4711;stage"));
        assert_eq!(job_and_cluster("4711;stage"), ("4711", Some("--clusters=stage".to_owned())));
        assert_eq!(job_and_cluster("4711"), ("4711", None));
        for nonsense in ["", "\n", "Submitted batch job 3", "12x"] {
            assert_eq!(array_of(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn each_state_of_slurm_counts_once() {
        let said = "RUNNING|None\nPENDING|Resources\nPENDING|BeginTime\nCOMPLETED|None\nNODE_FAIL|None\nCOMPLETING|x\n";
        let counted = counts(said, 7);
        assert_eq!(counted, SlotCounts { waiting: 1, running: 2, postponed: 1, ended: 3 });
    }
}
