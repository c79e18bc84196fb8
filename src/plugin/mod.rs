//! The Terraform plugin protocol. Knows no PBS.

mod proto;
