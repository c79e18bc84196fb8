//! Properties that every registered type must have. If a new type has no documentation, no examples
//! or no tests, a test fails here. The message of the test says what is missing.

mod compatibility;
mod configurations;
mod docs;
mod files;
mod functions;
mod guides;
mod hooks;
mod object_examples;
mod pages;
mod registry;
mod release_workflow;
mod roles_and_paths;
mod types_in_documents;
