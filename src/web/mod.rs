//! HTTP in, HTML out.

pub mod assets;
pub mod form;
pub mod styleguide;
pub mod view;
