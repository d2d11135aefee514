// Package kv keeps records: small values under names, the same for every process
// that shares them.
package kv
