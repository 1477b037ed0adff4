/** Names of variables that no outputs file may set: people source it into their shells. */

/** Variables that decide what a shell, a loader or an interpreter runs, or where it looks for it. */
const ACTED_ON =
  /^(?:PATH|IFS|ENV|SHELL|HOME|PS[0-4]|CDPATH|GLOBIGNORE|PROMPT_COMMAND|TMPDIR|LD_.*|DYLD_.*|BASH_.*|BASHOPTS|SHELLOPTS|ZDOTDIR|NODE_.*|PYTHON.*|PERL.*|RUBY.*|GEM_.*|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH|GIT_.*|GCONV_PATH|NLSPATH|LOCPATH|MALLOC_.*|EDITOR|VISUAL|PAGER|OPENSSL_CONF|SSL_CERT_.*|KUBECONFIG|DOCKER_HOST|.*_PROXY)$/i;

/** True for a variable that decides what the shell which sources a file runs next. */
export function isActedOn(name: string): boolean {
  return ACTED_ON.test(name);
}
