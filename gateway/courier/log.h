/*
 * log.h
 *		One line an occurrence, to standard error.
 */
#ifndef COURIER_LOG_H
#define COURIER_LOG_H

void		say(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
