/** Each role includes those before it: who submits must be able to read the result, who manages must see what there is. */
export const ROLES = ['read', 'submit', 'manage'] as const

export type Role = (typeof ROLES)[number]

/** Whether `role` includes `needed`. */
export function mayDo(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}
