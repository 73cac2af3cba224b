//! What runs programs: Twofold in one of its modes, or another implementation. One table of languages, one of peers.

use crate::programs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A language with benchmark programs.
#[derive(Debug)]
pub struct Language {
    /// Its name, and its programs' folder.
    pub name: &'static str,
    /// Ending of program files.
    pub extension: &'static str,
    /// Our binary that runs it.
    pub binary: &'static str,
    /// Arguments for ours, before the `--jit` option.
    before: &'static [&'static str],
    /// Arguments for ours, after the file.
    after: &'static [&'static str],
}

pub const LANGUAGES: &[Language] = &[
    Language { name: "prolog", extension: "pl", binary: "twofold", before: &["prolog"], after: &["-g", "main"] },
    Language { name: "python", extension: "py", binary: "twofold", before: &["python"], after: &[] },
    Language { name: "template", extension: "sprig", binary: "sprig", before: &[], after: &[] },
];

/// The language of this name.
///
/// # Errors
/// If there is none.
pub fn language(name: &str) -> Result<&'static Language, String> {
    let names = || LANGUAGES.iter().map(|l| l.name).collect::<Vec<_>>().join(", ");
    LANGUAGES.iter().find(|l| l.name == name).ok_or_else(|| format!("no language `{name}`; there are {}", names()))
}

/// How a peer is given a program.
#[derive(Clone, Copy)]
enum Start {
    /// Arguments before the file, after it; then the program's own.
    Run(&'static [&'static str], &'static [&'static str]),
    /// It is compiled first, and the executable is run: options of the compiler.
    CompileProlog(&'static [&'static str]),
    /// Likewise; a file `…_lib.c` beside it becomes a shared library that it is linked with.
    CompileC(&'static [&'static str]),
}

/// Another implementation.
pub struct Peer {
    pub name: &'static str,
    language: &'static str,
    command: &'static str,
    start: Start,
    /// Folder and ending of its programs, if they are not the language's own.
    programs: Option<(&'static str, &'static str)>,
    /// Prints where the executable is, if `command` may be a wrapper that takes time of its own.
    unwrap: Option<&'static [&'static str]>,
    install: &'static str,
}

const PYTHON_SELF: Option<&[&str]> = Some(&["-c", "import sys; print(sys.executable)"]);
const LUA: Option<(&str, &str)> = Some(("lua", "lua"));

const fn peer(language: &'static str, name: &'static str, command: &'static str, start: Start, install: &'static str) -> Peer {
    Peer { name, language, command, start, programs: None, unwrap: None, install }
}

pub const PEERS: &[Peer] = &[
    peer("prolog", "swipl", "swipl", Start::Run(&["-q", "-g", "main", "-t", "halt"], &[]), "apt-get install swi-prolog-nox"),
    peer("prolog", "swipl-O", "swipl", Start::Run(&["-O", "-q", "-g", "main", "-t", "halt"], &[]), "apt-get install swi-prolog-nox"),
    peer("prolog", "gplc", "gplc", Start::CompileProlog(&["--no-top-level"]), "apt-get install gprolog"),
    Peer { unwrap: PYTHON_SELF, ..peer("python", "python3", "python3", Start::Run(&[], &[]), "apt-get install python3") },
    Peer { unwrap: PYTHON_SELF, ..peer("python", "pypy3", "pypy3", Start::Run(&[], &[]), "apt-get install pypy3") },
    Peer { programs: Some(("c", "c")), ..peer("python", "gcc", "gcc", Start::CompileC(&["-O3", "-march=native"]), "apt-get install gcc") },
    Peer { programs: LUA, ..peer("template", "luajit", "luajit", Start::Run(&[], &[]), "apt-get install luajit") },
    Peer { programs: LUA, ..peer("template", "luajit-joff", "luajit", Start::Run(&["-joff"], &[]), "apt-get install luajit") },
    Peer { programs: LUA, ..peer("template", "lua", "lua", Start::Run(&[], &[]), "apt-get install lua5.4") },
];

/// The peers of a language.
pub fn peers(l: &Language) -> impl Iterator<Item = &'static Peer> {
    PEERS.iter().filter(|p| p.language == l.name)
}

/// Something that is there to run programs.
pub struct Engine {
    /// Its name in the report.
    pub name: String,
    executable: PathBuf,
    what: What,
}

enum What {
    Ours(&'static Language, String),
    Peer(&'static Peer, &'static Language),
}

impl Engine {
    /// Twofold, in a mode.
    pub fn ours(l: &'static Language, binary: &Path, mode: &str) -> Engine {
        let name = if mode == "on" { "twofold".to_string() } else { format!("twofold:{mode}") };
        Engine { name, executable: binary.to_path_buf(), what: What::Ours(l, mode.to_string()) }
    }

    /// A peer, by name.
    ///
    /// # Errors
    /// If the language has none of this name, or it is not installed.
    pub fn peer(l: &'static Language, name: &str) -> Result<Engine, String> {
        let names = || peers(l).map(|p| p.name).collect::<Vec<_>>().join(", ");
        let p = peers(l).find(|p| p.name == name).ok_or_else(|| format!("{} has no peer `{name}`; there are {}", l.name, names()))?;
        let mut executable = find_in_path(p.command).ok_or_else(|| format!("{name} is not installed: try `{}`", p.install))?;
        if let Some(args) = p.unwrap {
            let out = Command::new(&executable).args(args).output().map_err(|e| format!("{name} does not run: {e}"))?;
            let real = PathBuf::from(String::from_utf8_lossy(&out.stdout).trim());
            if !out.status.success() || !real.is_file() {
                return Err(format!("{name} does not run: {}", String::from_utf8_lossy(&out.stderr).trim()));
            }
            executable = real;
        }
        Ok(Engine { name: name.to_string(), executable, what: What::Peer(p, l) })
    }

    /// Makes ready to run a program; compilers compile it, into `scratch`.
    ///
    /// # Errors
    /// If there is no such program for this engine, or it does not compile.
    pub fn prepare(&self, program: &str, args: &[String], scratch: &Path) -> Result<Prepared, String> {
        let (folder, extension) = match &self.what {
            What::Ours(l, _) => (l.name, l.extension),
            What::Peer(p, l) => p.programs.unwrap_or((l.name, l.extension)),
        };
        let file = programs::file(folder, program, extension);
        if !file.is_file() {
            return Err(format!("there is no {}", file.display()));
        }
        let mut p = Prepared { executable: self.executable.clone(), args: vec![] };
        let mut add = |words: &[&str]| p.args.extend(words.iter().map(|w| w.to_string()));
        let name = file.to_string_lossy().into_owned();
        match &self.what {
            What::Ours(l, mode) => {
                add(l.before);
                add(&[&format!("--jit={mode}"), &name]);
                add(l.after);
            }
            What::Peer(Peer { start: Start::Run(before, after), .. }, _) => {
                add(before);
                add(&[&name]);
                add(after);
            }
            What::Peer(Peer { start: Start::CompileProlog(options), .. }, _) => {
                p.executable = self.compile_prolog(&file, options, scratch)?;
            }
            What::Peer(Peer { start: Start::CompileC(options), .. }, _) => {
                p.executable = self.compile_c(&file, options, scratch)?;
            }
        }
        p.args.extend(args.iter().cloned());
        Ok(p)
    }

    fn compile_prolog(&self, file: &Path, options: &[&str], scratch: &Path) -> Result<PathBuf, String> {
        let program = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (source, executable) = (scratch.join(format!("{program}.pl")), scratch.join(&program));
        let text = std::fs::read_to_string(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        std::fs::write(&source, text + "\n:- initialization(main).\n").map_err(|e| format!("cannot write {}: {e}", source.display()))?;
        self.run_compiler(Command::new(&self.executable).args(options).arg("-o").arg(&executable).arg(&source))?;
        Ok(executable)
    }

    fn compile_c(&self, file: &Path, options: &[&str], scratch: &Path) -> Result<PathBuf, String> {
        let program = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let executable = scratch.join(format!("{program}-c"));
        let mut command = Command::new(&self.executable);
        command.args(options).arg("-o").arg(&executable).arg(file);
        let library = file.with_file_name(format!("{program}_lib.c"));
        if library.is_file() {
            let shared = scratch.join(format!("lib{program}.so"));
            self.run_compiler(Command::new(&self.executable).args(options).args(["-shared", "-fPIC", "-o"]).arg(&shared).arg(&library))?;
            command.arg(&shared);
        }
        self.run_compiler(&mut command)?;
        Ok(executable)
    }

    fn run_compiler(&self, command: &mut Command) -> Result<(), String> {
        let out = command.output().map_err(|e| format!("{} does not run: {e}", self.name))?;
        let said = [out.stdout, out.stderr].concat();
        if out.status.success() { Ok(()) } else { Err(format!("does not compile: {}", String::from_utf8_lossy(&said).trim())) }
    }
}

/// A program ready to be run.
pub struct Prepared {
    executable: PathBuf,
    args: Vec<String>,
}

impl Prepared {
    /// The command. What the environment says of our JIT does not count: the columns say it.
    pub fn command(&self) -> Command {
        let mut c = Command::new(&self.executable);
        c.args(&self.args).env_remove("TWOFOLD_JIT");
        c
    }
}

fn find_in_path(command: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|d| d.join(command)).find(|f| f.is_file())
}

/// Our binary: the one given, or the workspace's, which cargo builds first.
///
/// # Errors
/// If it cannot be built, or is not there.
pub fn our_binary(l: &Language, given: Option<&Path>) -> Result<PathBuf, String> {
    if let Some(b) = given {
        return if b.is_file() { Ok(b.to_path_buf()) } else { Err(format!("there is no {}", b.display())) };
    }
    // Started by `cargo run`, cargo says where it is; otherwise the binary beside ours is taken as it is.
    if let Some(cargo) = std::env::var_os("CARGO") {
        let built = Command::new(cargo)
            .args(["build", "--release", "--quiet", "--workspace", "--bin", l.binary])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        if !built.is_ok_and(|s| s.success()) {
            return Err(format!("cannot build {}", l.binary));
        }
    }
    let ours = std::env::current_exe().map_err(|e| e.to_string())?;
    let binary = ours.with_file_name(l.binary);
    let release = ours.parent().and_then(Path::parent).map(|target| target.join("release").join(l.binary));
    release.into_iter().chain([binary]).find(|b| b.is_file()).ok_or_else(|| format!("{} is not built: cargo build --release --bin {0}", l.binary))
}
