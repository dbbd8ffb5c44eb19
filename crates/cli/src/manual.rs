//! `capstan completions` and `capstan man`: what shells and `man` want to know, made from the same description as `--help`.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap_mangen::Man as Page;

use crate::{
    args::{
        Args,
        author::{Completions, Man},
    },
    exit::Exit,
    print::{complain, written},
};

/// Prints the completions for a shell.
pub(crate) fn completions(args: &Completions) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "capstan", &mut text);
    written(io::stdout().lock().write_all(&text), Exit::Ok)
}

/// Prints a page of the manual.
pub(crate) fn man(args: &Man) -> Exit {
    let mut all = Args::command();
    all.build();
    let page = match &args.command {
        None => Some(all),
        Some(name) => all.get_subcommands().find(|command| command.get_name() == *name).cloned(),
    };
    let Some(page) = page else {
        let known = Args::command();
        let names: Vec<&str> = known.get_subcommands().map(clap::Command::get_name).collect();
        complain(format_args!("there is no such command; there are {}", names.join(", ")));
        return Exit::Usage;
    };
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = Page::new(page).render(&mut text);
    written(io::stdout().lock().write_all(&text), Exit::Ok)
}
