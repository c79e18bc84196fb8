//! Properties that every registered type must have. If a type is added without its documentation,
//! examples or tests, a test fails here with a message that says what is missing.

mod docs;
mod functions;
mod guides;
mod hooks;
mod pages;
mod registry;
mod types_in_documents;
