//! What needs a hand on the clock, the database or the program: these run in this process only.

mod abuse;
mod accounts;
mod authorisation;
mod away;
mod description;
mod events;
mod history;
mod input;
mod lost_answers;
mod operations;
mod passes;
mod persistence;
mod process;
mod races;
mod readme;
mod rehearsal;
mod requests;
mod rules;
mod sam_local;
mod secrets;
mod server;
mod settings;
mod sizes;
mod table;
mod time;
mod web;
