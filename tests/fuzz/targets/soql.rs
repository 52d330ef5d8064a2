//! Any text: the parser neither panics nor hangs, its errors point into the text, and what it
//! accepts is printed to a text that reads the same.
#![no_main]
#![expect(dead_code, unused_imports, reason = "the module serves more than this target")]

use libfuzzer_sys::fuzz_target;

#[path = "../../../src/soql/mod.rs"]
mod soql;

fuzz_target!(|text: &str| {
    match soql::parse(text) {
        Err(error) => {
            assert!(text.get(error.span.start..error.span.end).is_some(), "{error:?}");
            let rendered = error.render(text);
            assert!(rendered.lines().count() == 3 && rendered.len() < 2_000, "{rendered}");
            assert!(rendered.chars().all(|c| c == '\n' || !c.is_control()), "{rendered:?}");
        }
        Ok(query) => {
            let printed = query.to_string();
            let again = soql::parse(&printed).expect("a printed query parses");
            assert_eq!(again, query);
            assert_eq!(again.to_string(), printed);
            let scopes = |query, text: &str| -> Vec<String> {
                let scopes = soql::scopes::scopes(query);
                let references = scopes.iter().flat_map(|scope| &scope.references);
                references
                    .map(|r| {
                        let functions = r.functions(text).join("(").to_lowercase();
                        format!("{:?} {} {functions}", r.clause, r.text(text).to_lowercase())
                    })
                    .collect()
            };
            assert_eq!(scopes(&query, text), scopes(&again, &printed));
        }
    }
});
