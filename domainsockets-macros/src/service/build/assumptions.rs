//! The types of a method that the attribute knows by their names, for the compiler to check.

use syn::visit::{self, Visit};
use syn::{ItemTrait, Path, ReturnType, Signature, Type, TypePath, TypeReference};

use crate::service::attr::ServiceArgs;
use crate::service::model::{Assumption, Encoding};
use crate::service::types::{is_bytes_path, is_context, is_path_by_name, split_context, unwrapped};

/// Returns what the compiler has to check for this method.
pub(super) fn of<'a>(
    args: &ServiceArgs,
    item: &ItemTrait,
    signature: &'a Signature,
    encoding: Encoding,
) -> Vec<Assumption<'a>> {
    let (context, arguments) = split_context(signature, &args.krate);
    let mut found = Found {
        args,
        item,
        assumptions: Vec::new(),
    };
    let context = context.map(|context| Assumption::Context(&context.ty));
    found.assumptions.extend(context);
    if encoding == Encoding::Raw {
        // The functions that convert its types know which they are.
        return found.assumptions;
    }
    for argument in arguments {
        match unwrapped(&argument.ty) {
            // The server finds out itself which type this refers to.
            Type::Reference(reference) if is_path_by_name(&reference.elem) => {}
            ty => found.visit_type(ty),
        }
    }
    if let ReturnType::Type(_, ty) = &signature.output {
        found.visit_type(ty);
    }
    found.assumptions
}

/// Looks through types for such names.
struct Found<'s, 'a> {
    args: &'s ServiceArgs,
    item: &'s ItemTrait,
    assumptions: Vec<Assumption<'a>>,
}

impl<'a> Visit<'a> for Found<'_, 'a> {
    fn visit_type_reference(&mut self, reference: &'a TypeReference) {
        if is_path_by_name(&reference.elem) {
            self.assumptions.push(Assumption::StdPath(&reference.elem));
        }
        visit::visit_type_reference(self, reference);
    }

    fn visit_type_path(&mut self, ty: &'a TypePath) {
        if ty.qself.is_none() && !self.is_of_parameter(&ty.path) {
            let last = ty.path.segments.last();
            if let Some(last) = last.filter(|last| last.arguments.is_none()) {
                if last.ident == "Context" && !is_context(&ty.path, &self.args.krate) {
                    self.assumptions.push(Assumption::NotContext(&ty.path));
                } else if last.ident == "Bytes" && !is_bytes_path(&ty.path, &self.args.krate) {
                    self.assumptions.push(Assumption::NotBytes(&ty.path));
                }
            }
        }
        visit::visit_type_path(self, ty);
    }
}

impl Found<'_, '_> {
    /// Whether a path begins at a parameter of the trait, as in `K::Bytes`.
    fn is_of_parameter(&self, path: &Path) -> bool {
        let mut parameters = self.item.generics.type_params();
        let first = path.segments.first();
        first.is_some_and(|first| parameters.any(|parameter| parameter.ident == first.ident))
    }
}
