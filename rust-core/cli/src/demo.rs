//! The demo: one real take from the tracker's packets to verified frames, and a report that tells of it.
//!
//! Everything runs through the same libraries as the single commands, over real sockets and real processes.

mod facts;
mod plots;
mod report;
mod telling;
mod timeline;
