//! The pipeline: one file a stage.
