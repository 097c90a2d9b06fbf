//! Which features of a package are active, so that what needs others is passed over as Cargo does.

use std::collections::BTreeSet;

use serde_json::Value;

use super::cargo::Options;

/// The active features of a package.
#[derive(Debug)]
pub struct Features(BTreeSet<String>);

impl Features {
    /// Those of this package, as `cargo metadata` tells of it.
    pub fn of(package: &Value, options: &Options) -> Self {
        let name = package.get("name").and_then(Value::as_str).unwrap_or_default();
        let known = package.get("features").and_then(Value::as_object);
        let mut waiting: Vec<&str> = match options.all_features {
            true => known.into_iter().flat_map(|known| known.keys()).map(String::as_str).collect(),
            false => options
                .features
                .iter()
                .flat_map(|list| list.split([',', ' ']))
                // A package can be named in front, and this is another one's then or not.
                .filter_map(|wish| match wish.split_once('/') {
                    Some((package, feature)) => (package == name).then_some(feature),
                    None => Some(wish),
                })
                .collect(),
        };
        if !options.no_default_features {
            waiting.push("default");
        }
        let mut active = BTreeSet::new();
        while let Some(feature) = waiting.pop() {
            if active.insert(feature.to_owned()) {
                let more = known.and_then(|known| known.get(feature)).and_then(Value::as_array);
                waiting.extend(more.into_iter().flatten().filter_map(Value::as_str));
            }
        }
        Features(active)
    }

    /// Whether they are all there that a target requires. Of features of dependencies Cargo knows more.
    pub fn allow(&self, target: &Value) -> bool {
        let required = target.get("required-features").and_then(Value::as_array);
        let mut required = required.into_iter().flatten().filter_map(Value::as_str);
        required.all(|feature| feature.contains('/') || self.0.contains(feature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use serde_json::json;

    /// The active features of a package under options that differ from the usual ones.
    fn active(change: impl FnOnce(&mut Options)) -> Vec<String> {
        let mut options = Options::default();
        change(&mut options);
        let package = json!({
            "name": "p",
            "features": {"default": ["a"], "a": ["b", "dep:c"], "b": [], "d": ["b"], "e": []},
        });
        Features::of(&package, &options).0.into_iter().collect()
    }

    #[test]
    fn features_bring_others() {
        assert_eq!(active(|_| {}), ["a", "b", "default", "dep:c"]);
        assert!(active(|options| options.no_default_features = true).is_empty());
        let chosen = active(|options| {
            options.no_default_features = true;
            options.features = vec!["p/d,other/e".to_owned()];
        });
        assert_eq!(chosen, ["b", "d"]);
        assert_eq!(active(|options| options.all_features = true), ["a", "b", "d", "default", "dep:c", "e"]);
    }

    #[test]
    fn targets_need_what_they_name() {
        let features = Features(BTreeSet::from(["a".to_owned()]));
        assert!(features.allow(&json!({})));
        assert!(features.allow(&json!({"required-features": ["a", "other/feature"]})));
        assert!(!features.allow(&json!({"required-features": ["a", "b"]})));
    }
}
