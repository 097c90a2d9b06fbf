//! The model as JSON: valid by its own schema, as an independent implementation sees it, and complete, in that the
//! definition can be written again from it alone.

mod rewrite;
mod schema;

use cloudabi_codegen::emit;
use cloudabi_codegen::load::load;
use cloudabi_codegen::model::Model;
use cloudabi_codegen::source::Sources;
use cloudabi_test_support::own_definition;
use serde_json::Value;

/// The checked model of a definition.
fn model(sources: &Sources) -> Model {
    load(sources).unwrap_or_else(|diagnostics| panic!("{}", diagnostics.render(sources, false)))
}

/// The model of this repository's definition.
fn own_model() -> Model {
    model(&own_definition().expect("the folder `abi` can be read"))
}

/// The text of a file of the product.
fn emitted(model: &Model, file: &str) -> String {
    let files = emit::named("json").expect("the product").emit(model);
    files.into_iter().find(|f| f.path == file).map(|f| f.contents).expect("the file")
}

/// The document of a model.
fn document(model: &Model) -> Value {
    serde_json::from_str(&emitted(model, &format!("{}.json", model.name))).expect("JSON")
}
