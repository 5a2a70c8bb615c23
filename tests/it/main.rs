//! Whole stories, one module per story. Each runs the real command, on this machine only.

mod assets_collected;
mod assets_damaged;
mod assets_hostile;
mod assets_killed;
mod assets_travel;
mod assets_untorn;
mod backup_takes_over;
mod bad_input;
mod cluster_shows_the_same;
mod demo_finishes;
mod documents_name_real_tests;
mod every_vector_decodes;
mod hosts_are_contained;
mod json_names_its_schema;
mod live_stage;
mod project;
mod readme_commands;
mod real_take_end_to_end;
mod recorder_killed;
mod render_told;
mod seams_are_mended;
mod secrets_stay_secret;
mod stage;
mod tracking_judged;
mod worker_kept_to_frames;
mod worker_killed;
