//! Types that users bring: what their attributes do to what is written and read, what of their code runs, and how large
//! and how deep values may be.

mod attributes;
mod depth;
mod elements;
mod found_out;
mod sizes;
