//! Nothing of the probes is seen by tests.
