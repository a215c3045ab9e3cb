#!/usr/bin/env node
import { main } from "../dist/emulator/cli/keyturn.bundle.js";

process.exitCode = await main(process.argv.slice(2));
