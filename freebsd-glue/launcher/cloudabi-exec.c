/*-
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Starts a CloudABI program, with given argument data and exactly the given
 * descriptors, numbered from 0. The kernel's module does the rest.
 */

#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a program inherits has the numbers 0, 1, 2 and so on. */
static int *descriptors;
static int ndescriptors;

static void
usage(void)
{

	fprintf(stderr,
	    "usage: cloudabi-exec [-a file] [-d directory] [-f number] "
	    "[-r file] [-w file] ... program\n"
	    "  -a file       argument data, in binary form; - for standard "
	    "input\n"
	    "  -d directory  gives the program a directory\n"
	    "  -f number     gives it a descriptor of this command's own\n"
	    "  -r file       gives it a file to read\n"
	    "  -w file       gives it a file to read and write, new if it is "
	    "not there\n"
	    "Descriptors are numbered from 0 in the order of the options.\n");
	exit(64);
}

/*
 * Adds a descriptor to the list. It is kept at a number that is closed when
 * the program starts and that no program's descriptor will have.
 */
static void
add(int fd, const char *name)
{
	int copy;

	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		err(1, "%s", name);
	descriptors = reallocarray(descriptors, (size_t)ndescriptors + 1,
	    sizeof(*descriptors));
	if (descriptors == NULL)
		err(1, "a list of descriptors");
	descriptors[ndescriptors++] = copy;
}

static void
add_file(const char *path, int flags)
{
	int fd;

	fd = open(path, flags | O_CLOEXEC, 0666);
	if (fd < 0)
		err(1, "%s", path);
	add(fd, path);
	(void)close(fd);
}

static void
add_number(const char *text)
{
	const char *problem;
	int fd;

	fd = (int)strtonum(text, 0, 1 << 20, &problem);
	if (problem != NULL)
		errx(64, "descriptor %s: %s", text, problem);
	add(fd, text);
}

/*
 * Reads argument data whole, and adds a NUL.
 */
static char *
read_data(const char *path, size_t *lengthp)
{
	char *data;
	size_t length, size;
	ssize_t n;
	int fd;

	fd = STDIN_FILENO;
	if (strcmp(path, "-") != 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			err(1, "%s", path);
	}
	data = NULL;
	length = size = 0;
	do {
		if (size - length < 2) {
			size = size == 0 ? 4096 : 2 * size;
			data = realloc(data, size);
			if (data == NULL)
				err(1, "argument data");
		}
		n = read(fd, data + length, size - length - 1);
		if (n < 0)
			err(1, "%s", path);
		length += (size_t)n;
	} while (n > 0);
	data[length] = '\0';
	*lengthp = length;
	if (fd != STDIN_FILENO)
		(void)close(fd);
	return (data);
}

/*
 * Strings for execve(). Data with NUL bytes in them are several strings, and
 * the kernel joins them again.
 */
static char **
split(char *data, size_t length)
{
	char **strings;
	size_t count, i;

	count = 1;
	for (i = 0; i < length; i++)
		if (data[i] == '\0')
			count++;
	strings = reallocarray(NULL, count + 1, sizeof(*strings));
	if (strings == NULL)
		err(1, "argument data");
	for (i = 0; i < count; i++) {
		strings[i] = data;
		data += strlen(data) + 1;
	}
	strings[count] = NULL;
	return (strings);
}

/*
 * Moves the descriptors to their places. Each is first moved out of the way of
 * the others.
 */
static void
place(int *program)
{
	int i, moved;

	for (i = 0; i < ndescriptors; i++) {
		moved = fcntl(descriptors[i], F_DUPFD_CLOEXEC,
		    ndescriptors + 1);
		if (moved < 0)
			err(1, "descriptor %d", i);
		descriptors[i] = moved;
	}
	moved = fcntl(*program, F_DUPFD_CLOEXEC, ndescriptors + 1);
	if (moved < 0)
		err(1, "the program");
	*program = moved;
	for (i = 0; i < ndescriptors; i++)
		if (dup2(descriptors[i], i) < 0)
			err(1, "descriptor %d", i);
	/* Standard error stays until the program starts. */
	for (i = ndescriptors; i < 3; i++)
		(void)fcntl(i, F_SETFD, FD_CLOEXEC);
}

/*
 * Everything that the program is not given is closed when it starts.
 */
static void
close_others(void)
{
	int fd, limit;

	limit = (int)sysconf(_SC_OPEN_MAX);
	for (fd = ndescriptors; fd < limit; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int
main(int argc, char **argv)
{
	static char *no_environment[] = { NULL };
	char *data, **strings;
	const char *data_path;
	size_t length;
	int ch, program;

	data_path = NULL;
	while ((ch = getopt(argc, argv, "a:d:f:r:w:")) != -1) {
		switch (ch) {
		case 'a':
			data_path = optarg;
			break;
		case 'd':
			add_file(optarg, O_RDONLY | O_DIRECTORY);
			break;
		case 'f':
			add_number(optarg);
			break;
		case 'r':
			add_file(optarg, O_RDONLY);
			break;
		case 'w':
			add_file(optarg, O_RDWR | O_CREAT);
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (argc != 1)
		usage();

	length = 0;
	data = NULL;
	if (data_path != NULL)
		data = read_data(data_path, &length);
	if (data == NULL)
		data = strdup("");
	if (data == NULL)
		err(1, "argument data");
	strings = split(data, length);
	program = open(argv[0], O_EXEC | O_CLOEXEC);
	if (program < 0)
		err(1, "%s", argv[0]);
	place(&program);
	close_others();
	(void)fexecve(program, strings, no_environment);
	if (errno == ENOEXEC)
		errx(1, "%s: it is no CloudABI program for this machine, or "
		    "the module that runs them is not loaded", argv[0]);
	err(1, "%s", argv[0]);
}
