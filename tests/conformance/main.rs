//! Properties that every registered type must have, the documentation included: adding a type
//! without its documentation, examples and tests fails here with a message that says what is
//! missing.

mod docs;
mod functions;
mod guides;
mod hooks;
mod pages;
mod registry;
mod types_in_documents;
