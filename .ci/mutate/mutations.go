package main

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// mutation is a change of a parsed file.
type mutation struct {
	pos    token.Pos
	change string
	apply  func()
}

// swaps are the operators that take another one's place.
var swaps = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.ADD: token.SUB, token.SUB: token.ADD,
	token.LAND: token.LOR, token.LOR: token.LAND,
}

// mutationsOf returns everything that can be changed in a file, in its order.
func mutationsOf(file *ast.File) (all []mutation) {
	add := func(n ast.Node, change string, apply func()) { all = append(all, mutation{n.Pos(), change, apply}) }
	ast.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
		if tellsNothing(n, stack) {
			return false
		}
		switch n := n.(type) {
		case *ast.IfStmt:
			add(n, "the condition is negated", func() { n.Cond = &ast.UnaryExpr{Op: token.NOT, X: &ast.ParenExpr{X: n.Cond}} })
			if len(n.Body.List) > 0 {
				add(n, "the body of the if is empty", func() { n.Body.List = nil })
			}
		case *ast.BinaryExpr:
			if other, ok := swaps[n.Op]; ok {
				all = append(all, mutation{n.OpPos, n.Op.String() + " is " + other.String(), func() { n.Op = other }})
			}
		case *ast.UnaryExpr:
			if n.Op == token.NOT { // twice is not at all
				add(n, "! is gone", func() { n.X = &ast.UnaryExpr{Op: token.NOT, X: &ast.ParenExpr{X: n.X}} })
			}
		case *ast.BasicLit:
			if v, err := strconv.ParseInt(n.Value, 0, 62); n.Kind == token.INT && err == nil {
				for _, other := range []string{strconv.FormatInt(v+1, 10), strconv.FormatInt(v-1, 10)} {
					add(n, n.Value+" is "+other, func() { n.Value = other })
				}
			}
		case *ast.BlockStmt:
			dropCalls(n.List, add)
		case *ast.CaseClause:
			dropCalls(n.Body, add)
		case *ast.CommClause:
			dropCalls(n.Body, add)
		case *ast.ReturnStmt:
			if i := len(n.Results) - 1; i >= 0 && i == errorResult(stack) && isError(n.Results[i]) {
				add(n, "the error returned is nil", func() { n.Results[i] = ast.NewIdent("nil") })
			}
		}
		return true
	})
	return all
}

// dropCalls adds the removal of each call that is a statement.
func dropCalls(list []ast.Stmt, add func(ast.Node, string, func())) {
	for i, s := range list {
		e, ok := s.(*ast.ExprStmt)
		if !ok {
			continue
		}
		if call, ok := e.X.(*ast.CallExpr); ok && worthDropping(call) {
			add(s, "the call of "+name(call.Fun)+" is gone", func() { list[i] = &ast.EmptyStmt{Semicolon: s.Pos(), Implicit: true} })
		}
	}
}

// worthDropping leaves out what would tell nothing: log lines and unlocking, without which
// every test waits for its timeout.
func worthDropping(call *ast.CallExpr) bool {
	_, method := receiver(call)
	return method != "Unlock" && method != "RUnlock" && !isLog(call)
}

// tellsNothing reports whether no change inside a node is a fault that a test should notice:
// log lines are no contract, and a slice or a map works with any capacity.
func tellsNothing(n ast.Node, stack []ast.Node) bool {
	if call, ok := n.(*ast.CallExpr); ok && isLog(call) {
		return true
	}
	if len(stack) == 0 {
		return false
	}
	call, ok := stack[len(stack)-1].(*ast.CallExpr)
	if !ok || name(call.Fun) != "make" || len(call.Args) < 2 || n != call.Args[len(call.Args)-1] {
		return false
	}
	_, isMap := call.Args[0].(*ast.MapType)
	return isMap || len(call.Args) == 3
}

// isLog reports whether a call writes a log line.
func isLog(call *ast.CallExpr) bool {
	on, method := receiver(call)
	switch method {
	case "Debug", "Info", "Warn", "Error", "DebugContext", "InfoContext", "WarnContext", "ErrorContext", "Log", "LogAttrs":
		return strings.Contains(strings.ToLower(on), "log")
	}
	return false
}

// receiver splits the name of what is called: d.opt.Logger and Warn.
func receiver(call *ast.CallExpr) (on, method string) {
	what := name(call.Fun)
	if i := strings.LastIndex(what, "."); i >= 0 {
		return what[:i], what[i+1:]
	}
	return "", what
}

// name is how a function is called: d.opt.Logger.Warn.
func name(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return name(f.X) + "." + f.Sel.Name
	case *ast.CallExpr:
		return name(f.Fun) + "()"
	case *ast.IndexExpr:
		return name(f.X)
	}
	return "a function"
}

// errorResult is the index of the last result of the function around a statement if that
// is an error, otherwise -1.
func errorResult(stack []ast.Node) int {
	for i := len(stack) - 1; i >= 0; i-- {
		var of *ast.FuncType
		switch f := stack[i].(type) {
		case *ast.FuncLit:
			of = f.Type
		case *ast.FuncDecl:
			of = f.Type
		default:
			continue
		}
		if of.Results == nil {
			return -1
		}
		last := of.Results.List[len(of.Results.List)-1]
		if t, ok := last.Type.(*ast.Ident); !ok || t.Name != "error" {
			return -1
		}
		return of.Results.NumFields() - 1
	}
	return -1
}

// isError reports whether an expression may be an error that is not nil.
func isError(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return !ok || id.Name != "nil"
}
