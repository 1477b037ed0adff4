# Prints what an interactive zsh offers for a line: complete.zsh SCRIPT LINE
# The shell runs on a pseudo terminal, and `compadd` reports every match that it adds. The line is typed once the editor of the
# line is there, since before that the terminal itself would edit it; the words that are waited for are put together when they
# are printed, since the terminal repeats what is typed.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1="" PS2=""; autoload -Uz compinit; compinit -u -D'
zpty -w shell "source ${(q)1}"
zpty -w shell 'compadd() { local -a found; builtin compadd -A found "$@"; builtin compadd "$@"; print -rl -- "MATCH:"${^found}; }'
zpty -w shell 'finish() { print -r -- FINI""SHED; }; zle -N finish; bindkey "^I" complete-word "^X" finish'
zpty -w shell 'zle-line-init() { print -r -- REA""DY; }; zle -N zle-line-init'
zpty -r shell ignored '*READY*'
zpty -w -n shell "$2"$'\t\C-x'
zpty -r shell answer '*FINISHED*'
print -r -- "$answer"
zpty -d shell
