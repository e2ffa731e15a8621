//! Snapshots of whole expansions. `UPDATE_EXPECT=1 cargo test` writes them anew.

use std::collections::BTreeSet;

use expect_test::{ExpectFile, expect_file};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{File, Item, ItemConst, ItemFn, ItemMacro, PatIdent, parse_quote};

fn check(args: TokenStream, item: TokenStream, expected: &ExpectFile) -> TokenStream {
    let expansion = super::service(args, item);
    let file = opened(expansion.clone());
    expected.assert_eq(&prettyplease::unparse(&file));
    check_bindings(&file);
    expansion
}

/// Parses an expansion, with each macro of the library as a module of what it keeps or drops.
fn opened(expansion: TokenStream) -> File {
    let mut file: File = syn::parse2(expansion).unwrap();
    for item in &mut file.items {
        if let Item::Macro(ItemMacro { mac, .. }) = item
            && !mac.path.is_ident("compile_error")
            && let Some(name) = mac.path.segments.last()
            && name.ident.to_string().starts_with("with_")
        {
            let name = &name.ident;
            let items = opened(mac.tokens.clone()).items;
            *item = parse_quote!(mod #name { #(#items)* });
        }
    }
    file
}

/// Checks that each name that a generated function binds is a function around it: there it means no item
/// of the user.
fn check_bindings(file: &File) {
    #[derive(Default)]
    struct Names {
        functions: BTreeSet<String>,
        bound: BTreeSet<String>,
    }

    impl Visit<'_> for Names {
        fn visit_item_fn(&mut self, function: &ItemFn) {
            self.functions
                .insert(function.sig.ident.unraw().to_string());
            visit::visit_item_fn(self, function);
        }

        fn visit_pat_ident(&mut self, pat: &PatIdent) {
            self.bound.insert(pat.ident.unraw().to_string());
        }
    }

    struct Scopes(usize);

    impl Visit<'_> for Scopes {
        fn visit_item_const(&mut self, scope: &ItemConst) {
            let mut names = Names::default();
            names.visit_item_const(scope);
            let hidden: Vec<_> = names.bound.difference(&names.functions).collect();
            assert!(hidden.is_empty(), "{hidden:?} may mean items of the user");
            self.0 += 1;
        }

        // In the trait, the names are the user's own.
        fn visit_item_trait(&mut self, _: &syn::ItemTrait) {}

        fn visit_pat_ident(&mut self, pat: &PatIdent) {
            panic!("`{}` is bound outside of a scope", pat.to_token_stream());
        }
    }

    Scopes(0).visit_file(file);
}

#[test]
fn methods_are_served_and_called() {
    check(
        quote!(),
        quote! {
            /// A store of values under keys.
            pub trait Kv {
                /// Returns the value stored under `key`.
                async fn get(&self, key: &str) -> Option<Vec<u8>>;
                async fn put(&self, key: &str, value: &[u8]) -> Result<(), KvError>;
                async fn put_all(&self, entries: &[Entry], options: &Options);
                fn len(&self) -> u64;
            }
        },
        &expect_file!["../../tests/snapshots/methods_are_served_and_called.rs"],
    );
}

#[test]
fn handler_names_can_be_chosen() {
    check(
        quote!(name = "demo.Hello"),
        quote! {
            pub(crate) trait Greeter: Clone {
                #[rpc(name = "HelloWorld")]
                fn hello(&self) -> String;
                async fn r#type(&self) -> C;
            }
        },
        &expect_file!["../../tests/snapshots/handler_names_can_be_chosen.rs"],
    );
}

#[test]
fn conditions_and_deprecations_are_inherited() {
    check(
        quote!(),
        quote! {
            /// Measures the machine.
            #[cfg(target_os = "linux")]
            trait Sensors {
                /// Returns the load.
                #[deprecated = "use `loads`"]
                async fn load(&self) -> f64;
                #[cfg(feature = "loads")]
                #[must_use]
                async fn loads(&self) -> [f64; 3];
            }
        },
        &expect_file!["../../tests/snapshots/conditions_and_deprecations_are_inherited.rs"],
    );
}

#[test]
fn library_is_found_by_the_given_path() {
    let expansion = check(
        quote!(crate = ::umbrella::rpc),
        quote! {
            pub trait Ping {
                async fn ping(&self) -> Result<(), Refused>;
            }
        },
        &expect_file!["../../tests/snapshots/library_is_found_by_the_given_path.rs"],
    );
    assert!(!mentions_domainsockets(expansion));
}

#[test]
fn callers_are_restricted() {
    check(
        quote!(allow(root, own_user)),
        quote! {
            pub trait Backup {
                async fn list(&self) -> Vec<String>;
                #[rpc(allow(anyone))]
                fn version(&self) -> u32;
                #[cfg(feature = "restore")]
                #[rpc(
                    name = "Restore",
                    allow(root, user = "alice", user = "bob", group = "ops", uid = 1000, gid = 100),
                )]
                async fn restore(&self, name: &str);
            }
        },
        &expect_file!["../../tests/snapshots/callers_are_restricted.rs"],
    );
}

#[test]
fn idempotent_methods_are_described_so() {
    check(
        quote!(),
        quote! {
            pub trait Kv {
                #[rpc(idempotent)]
                async fn get(&self, key: &str) -> Option<Vec<u8>>;
                #[rpc(idempotent, name = "Put")]
                async fn put(&self, key: &str, value: &[u8]) -> Result<(), KvError>;
                async fn push(&self, key: &str, value: &[u8]) -> Result<(), KvError>;
            }
        },
        &expect_file!["../../tests/snapshots/idempotent_methods_are_described_so.rs"],
    );
}

#[test]
fn methods_run_as_they_declare() {
    check(
        quote!(),
        quote! {
            pub trait Disk {
                #[rpc(blocking)]
                fn read(&self, block: u64) -> crate::Result<Block>;
                #[rpc(no_cancel, alias("Disk.write", "Write"), allow(root))]
                async fn put(&self, block: u64) {
                    self.flush(block)
                }
                #[rpc(raw, name = "HelloWorld")]
                async fn hello(&self, data: &[u8]) -> Result<Bytes, Odd>;
            }
        },
        &expect_file!["../../tests/snapshots/methods_run_as_they_declare.rs"],
    );
}

#[test]
fn generated_items_have_the_parameters_of_the_trait() {
    check(
        quote!(),
        quote! {
            pub trait Store<K: Serialize + DeserializeOwned, V, const N: usize>
            where
                V: Serialize + DeserializeOwned,
            {
                async fn get(&self, key: &K) -> Option<V>;
                fn page(&self) -> Page<N>;
            }
        },
        &expect_file!["../../tests/snapshots/generated_items_have_the_parameters_of_the_trait.rs"],
    );
}

#[test]
fn deadlines_are_described_in_microseconds() {
    check(
        quote!(),
        quote! {
            pub trait Index {
                #[rpc(deadline = "500ms")]
                async fn search(&self, text: &str) -> u64;
                #[rpc(deadline = "2min", idempotent)]
                async fn rebuild(&self) -> Result<(), Full>;
                #[rpc(oneway, deadline = "5s")]
                async fn touch(&self, page: u64);
            }
        },
        &expect_file!["../../tests/snapshots/deadlines_are_described_in_microseconds.rs"],
    );
}

#[test]
fn context_is_passed_and_not_sent() {
    check(
        quote!(crate = ds),
        quote! {
            pub trait Audit {
                fn whoami(&self, ctx: Context) -> u32;
                async fn log(&self, ctx: &ds::Context, line: &str) -> Result<(), Full>;
            }
        },
        &expect_file!["../../tests/snapshots/context_is_passed_and_not_sent.rs"],
    );
}

#[test]
fn named_codec_gets_the_names_of_arguments() {
    check(
        quote!(codec = my::Codec),
        quote! {
            pub trait Kv {
                async fn get(&self, key: &str) -> Option<Vec<u8>>;
                async fn put(&self, r#type: &[u8], ttl: Option<u32>) -> Result<(), KvError>;
                fn len(&self) -> u64;
            }
        },
        &expect_file!["../../tests/snapshots/named_codec_gets_the_names_of_arguments.rs"],
    );
}

#[test]
fn lint_levels_and_documentation_are_inherited() {
    check(
        quote!(),
        quote! {
            /// A wide store.
            #[expect(clippy::trait_duplication_in_bounds, reason = "as elsewhere")]
            #[doc(alias = "store")]
            pub trait Wide {
                /// The most.
                const MAX: u8 = 3;
                /// Takes at most [`Self::MAX`].
                #[expect(dead_code, non_snake_case, reason = "as elsewhere")]
                #[cfg_attr(unix, must_use, allow(unused), expect(unused_variables))]
                #[inline]
                async fn putAll(&self, #[allow(non_snake_case)] theKey: u8, gen: u8);
            }
        },
        &expect_file!["../../tests/snapshots/lint_levels_and_documentation_are_inherited.rs"],
    );
}

#[test]
fn types_are_checked_for_what_their_names_promise() {
    check(
        quote!(),
        quote! {
            pub trait Canvas {
                async fn draw(&self, path: &Path, base: Option<&Path>) -> own::Bytes;
                async fn erase(&self, first: &own::Context, path: &own::Path) -> Result<Vec<u8>, Odd>;
                #[cfg(unix)]
                fn undo(&self, context: &Context, #[rpc(rename = "howMany")] how_many: u8) -> Odd;
                fn redo(&self, odd: &[Odd], how_many: u8) -> Odd;
            }
        },
        &expect_file!["../../tests/snapshots/types_are_checked_for_what_their_names_promise.rs"],
    );
}

#[test]
fn signatures_can_be_turned_off() {
    check(
        quote!(signatures = false, codec = Json),
        quote! {
            pub trait Kv {
                #[rpc(wait, alias = "take")]
                async fn take(&self, key: &str) -> Vec<u8>;
            }
        },
        &expect_file!["../../tests/snapshots/signatures_can_be_turned_off.rs"],
    );
}

#[test]
fn methods_in_error_are_left_out() {
    check(
        quote!(nam = "Store"),
        quote! {
            pub trait Kv {
                async fn get(&self, key: &str) -> Option<&[u8]>;
                async fn count(&mut self, (from, to): (u8, u8)) -> u64 {
                    0
                }
                #[rpc(name = "$len")]
                fn len(&self) -> u64;
                fn is_empty(&self) -> bool;
            }
        },
        &expect_file!["../../tests/snapshots/methods_in_error_are_left_out.rs"],
    );
}

#[test]
fn methods_without_error_are_generated() {
    check(
        quote!(),
        quote! {
            pub trait Kv {
                fn len(&self) -> u64;
                fn count(self) -> u64;
            }
        },
        &expect_file!["../../tests/snapshots/methods_without_error_are_generated.rs"],
    );
}

#[test]
fn texts_have_raw_names_without_their_prefix() {
    let expansion = super::service(
        quote!(),
        quote! {
            trait r#type {
                fn r#match(&self) -> u64;
                #[rpc(name = "type.match")]
                fn r#loop(&self) -> u64;
                fn Match(&self) -> u64;
            }
        },
    );
    let text = expansion.to_string();
    for expected in [
        "[`type`]",
        "[`type::match`]",
        "handler name of `match`",
        "that of `match`",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    assert!(!text.contains("`r#"), "{text}");
}

#[test]
fn handler_name_has_at_most_1024_bytes() {
    for (len, is_error) in [(1024, false), (1025, true)] {
        let name = "x".repeat(len);
        let expansion = super::service(
            quote!(),
            quote! {
                trait Kv {
                    #[rpc(name = #name)]
                    fn len(&self) -> u64;
                }
            },
        );
        let message = "this handler name is longer than 1024 bytes: shorten it";
        assert_eq!(expansion.to_string().contains(message), is_error);
    }
}

#[test]
fn what_cannot_be_parsed_is_passed_on() {
    let half_typed = quote!(trait Kv { fn get(&self, key: ) -> u64; });
    let expansion = super::service(quote!(), half_typed.clone()).to_string();
    assert!(expansion.starts_with(&half_typed.to_string()));
    assert!(expansion.contains("compile_error"));
}

#[test]
fn async_trait_is_not_needed() {
    let expansion = super::service(
        quote!(),
        quote! {
            #[async_trait::async_trait]
            trait Kv {
                async fn get(&self) -> u64;
            }
        },
    );
    let message = "a service can have `async fn` without `#[async_trait]`: remove it here, and from \
                   the implementations";
    assert_eq!(expansion.to_string().matches(message).count(), 1);
}

fn mentions_domainsockets(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "domainsockets",
        TokenTree::Group(group) => mentions_domainsockets(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
