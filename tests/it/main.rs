//! Whole stories, one module per story.
