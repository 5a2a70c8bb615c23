//! What is told of a disk that refuses what is recorded: when it begins to, when datagrams are lost, and when it is over.

use super::Told;
use crate::take::TakeError;

/// What was told last.
#[derive(Debug, Default)]
pub(super) struct Disk {
    waits: bool,
    loses: bool,
    /// Datagrams that were lost before it began to refuse.
    before: u64,
}

impl Disk {
    /// Call it often: `refused` is why something waits, `lost` how many datagrams are lost, ever.
    pub(super) fn watch(&mut self, refused: Option<&TakeError>, lost: u64, tell: &mut dyn FnMut(Told<'_>)) {
        match refused {
            Some(error) => {
                if !self.waits {
                    self.waits = true;
                    tell(Told::Waiting(error));
                }
                if lost > self.before && !self.loses {
                    self.loses = true;
                    tell(Told::Losing(error));
                }
            }
            None => {
                if self.waits {
                    tell(Told::Resumed { lost: lost.saturating_sub(self.before) });
                }
                *self = Self { before: lost, ..Self::default() };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told when the disk says so, one look after the other: whether it refuses, and what is lost by then.
    fn told(looks: &[(bool, u64)]) -> Vec<&'static str> {
        let (mut disk, mut said) = (Disk::default(), Vec::new());
        let full = TakeError::DiskFull { records: 7 };
        for (refuses, lost) in looks {
            disk.watch(refuses.then_some(&full), *lost, &mut |told| {
                said.push(match told {
                    Told::Waiting(_) => "waits",
                    Told::Losing(_) => "loses",
                    Told::Resumed { lost: 0 } => "nothing lost",
                    Told::Resumed { lost: 5 } => "five lost",
                    _ => "something else",
                });
            });
        }
        said
    }

    #[test]
    fn a_disk_that_takes_everything_again_is_told_once_and_so_is_its_refusal() {
        let looks = [(false, 0), (true, 0), (true, 0), (false, 0), (false, 0)];
        assert_eq!(told(&looks), ["waits", "nothing lost"]);
    }

    #[test]
    fn after_a_loss_nobody_is_told_that_nothing_is_lost() {
        let looks = [(true, 0), (true, 2), (true, 5), (false, 5), (false, 5)];
        assert_eq!(told(&looks), ["waits", "loses", "five lost"]);
    }

    #[test]
    fn each_refusal_counts_its_own_losses() {
        let looks = [(true, 5), (false, 5), (true, 5), (false, 5), (true, 6), (true, 10), (false, 10)];
        let wanted = ["waits", "loses", "five lost", "waits", "nothing lost", "waits", "loses", "five lost"];
        assert_eq!(told(&looks), wanted);
    }
}
