//! Conversions between the stage frame and other conventions, one table each.
