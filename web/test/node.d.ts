// The little of node that our tests use. Its full types would be a dependency of their own; what is not described
// here is any.

declare module "node:*";

declare module "node:test" {
  export interface TestContext {
    readonly name: string;
    after(fn: () => unknown): void;
    diagnostic(message: string): void;
    skip(why?: string): void;
    test: Test;
  }
  export interface TestOptions {
    skip?: boolean | string;
    todo?: boolean | string;
    timeout?: number;
    concurrency?: boolean | number;
  }
  export interface Test {
    (name: string, fn: (t: TestContext) => unknown): Promise<void>;
    (name: string, options: TestOptions, fn: (t: TestContext) => unknown): Promise<void>;
  }
  export const test: Test;
  export const it: Test;
  export default test;
  export function describe(name: string, fn: () => unknown): void;
  export function before(fn: () => unknown): void;
  export function after(fn: () => unknown): void;
  export function beforeEach(fn: () => unknown): void;
  export function afterEach(fn: () => unknown): void;
}

declare module "node:child_process" {
  interface Output {
    setEncoding(encoding: "utf8"): Output;
    on(event: "data", fn: (text: string) => void): Output;
  }
  export interface ChildProcess {
    readonly pid?: number;
    readonly stdout: Output;
    readonly stderr: Output;
    kill(signal?: string): boolean;
    once(event: "close", fn: (code: number | null, signal: string | null) => void): ChildProcess;
    once(event: "error", fn: (error: Error) => void): ChildProcess;
  }
  export function spawn(command: string, args: string[], options?: object): ChildProcess;
  export const execFile: any;
}
