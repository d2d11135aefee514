//go:build !unix

package main

import "os/exec"

// endWithChildren is for Unix; elsewhere the command alone is killed.
func endWithChildren(*exec.Cmd) {}
