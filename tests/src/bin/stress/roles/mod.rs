//! The roles of a child process: a server, load, calls, or an attacker.

mod attack;
mod calls;
mod load;
mod log;
mod pingpong;
mod server;
mod work;

use std::io::BufRead as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::Receiver;
use std::{fs, thread};

use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit,
};
use tokio::runtime::Builder;
use tokio::sync::mpsc;

use crate::child::SCRATCH;
use crate::settings::Settings;

/// The orders of a child, line by line.
type Orders = mpsc::UnboundedReceiver<String>;

/// Plays a role until the order to exit, or until the scenario ends.
pub(crate) fn run(role: &str, words: &[String]) -> ExitCode {
    let Some((path, rest)) = words.split_first() else {
        return ExitCode::from(2);
    };
    let path = PathBuf::from(path);
    let settings = Settings::parse(rest);
    // A stopped process cannot notice that stdin has ended.
    set_parent_process_death_signal(Some(Signal::CONT)).unwrap();
    raise_file_limit();
    match role {
        "server" => block_on(&settings, server::run(&path, &settings, orders())),
        "load" => block_on(&settings, load::run(&path, &settings, orders())),
        "calls" => block_on(&settings, calls::run(&path, &settings, orders())),
        "ping" => pingpong::ping(&path, &settings, blocking_orders()),
        "pong" => pingpong::pong(&path, &settings, &blocking_orders()),
        attacker => attack::run(attacker, &path, &settings, &blocking_orders()),
    }
    // Tasks that still run end with the process.
    ExitCode::SUCCESS
}

fn block_on(settings: &Settings, role: impl Future<Output = ()>) {
    let mut builder = match settings.or("workers", 2) {
        1 => Builder::new_current_thread(),
        workers => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(workers);
            builder
        }
    };
    let runtime = builder.enable_all().build().unwrap();
    runtime.block_on(role);
    runtime.shutdown_background();
}

fn orders() -> Orders {
    let (sender, receiver) = mpsc::unbounded_channel();
    read_orders(move |order| sender.send(order).is_ok());
    receiver
}

fn blocking_orders() -> Receiver<String> {
    let (sender, receiver) = std::sync::mpsc::channel();
    read_orders(move |order| sender.send(order).is_ok());
    receiver
}

/// Reads orders on another thread, which ends the process when stdin ends. Stdin ends with the parent,
/// even if the parent was killed and could not clean up.
fn read_orders(send: impl Fn(String) -> bool + Send + 'static) {
    thread::spawn(move || {
        for order in std::io::stdin().lock().lines().map_while(Result::ok) {
            if !send(order) {
                break;
            }
        }
        if let Some(dir) = std::env::var_os(SCRATCH) {
            let _ = fs::remove_dir_all(dir);
        }
        std::process::exit(0);
    });
}

/// Raises the file limit: thousands of connections need thousands of files.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).unwrap();
}
