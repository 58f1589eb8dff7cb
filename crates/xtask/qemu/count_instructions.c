/*
 * A plugin of QEMU's user emulation: counts the instructions that a program executes, and writes
 * the number to the file that the argument `out=` names when the program ends.
 *
 * Debian's QEMU comes without the header of its plugin interface, so the few functions used here
 * are declared by hand, as version 1 of the interface defines them (QEMU 4.2 to 8.2). A QEMU that
 * has dropped that version refuses the plugin by itself.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_op { ADD_U64 };

void qemu_plugin_register_vcpu_tb_trans_cb(
    qemu_plugin_id_t id, void (*translated)(qemu_plugin_id_t, struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
void qemu_plugin_register_vcpu_insn_exec_inline(
    struct qemu_plugin_insn *instruction, enum qemu_plugin_op op, void *counter, uint64_t step);
void qemu_plugin_register_atexit_cb(
    qemu_plugin_id_t id, void (*ended)(qemu_plugin_id_t, void *), void *data);

EXPORTED int qemu_plugin_version = 1;

static uint64_t executed;
static char out_path[4096];

/* Every instruction by itself: a block that is left in its middle must not count to its end. */
static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    size_t count = qemu_plugin_tb_n_insns(block);
    for (size_t index = 0; index < count; index++) {
        qemu_plugin_register_vcpu_insn_exec_inline(
            qemu_plugin_tb_get_insn(block, index), ADD_U64, &executed, 1);
    }
}

static void ended(qemu_plugin_id_t id, void *data)
{
    (void)id;
    (void)data;
    FILE *out = fopen(out_path, "w");
    if (out == NULL) {
        perror(out_path);
        return;
    }
    fprintf(out, "%" PRIu64 "\n", executed);
    fclose(out);
}

EXPORTED int qemu_plugin_install(
    qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
    (void)info;
    for (int index = 0; index < argc; index++) {
        if (strncmp(argv[index], "out=", 4) == 0) {
            snprintf(out_path, sizeof out_path, "%s", argv[index] + 4);
        }
    }
    if (out_path[0] == '\0') {
        fputs("count_instructions: no out=FILE\n", stderr);
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
