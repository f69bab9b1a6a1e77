//! Tests of the live layer.
