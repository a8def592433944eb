import { Link, type LinkProps, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Place } from '@/lib/impact';

type Target = { to: LinkProps['to']; params?: object; search?: object };

/** The address of a place. */
export function targetOf(place: Place): Target {
  switch (place.to) {
    case '/prompts/$id':
    case '/workflows/$id':
      return { to: place.to, params: { id: place.id }, search: place.draft ? { draft: place.draft } : {} };
    case '/releases/$id':
      return { to: '/releases/$number', params: { number: place.id } };
    case '/live/$id':
      return { to: '/live/$number', params: { number: place.id } };
    case '/search':
      return { to: '/search', search: place.filter };
    case '/live':
      return { to: '/live' };
  }
}

/** A link to where a thing is read; plain words where it has no page. */
export function PlaceLink({
  place,
  className = 'link',
  children,
}: {
  place?: Place;
  className?: string;
  children: ReactNode;
}) {
  if (!place) return <span>{children}</span>;
  return (
    <Link {...(targetOf(place) as LinkProps)} className={className}>
      {children}
    </Link>
  );
}

/** Goes to a place, where there is one. */
export function useGo(): (place: Place | undefined) => void {
  const navigate = useNavigate();
  return (place) => {
    if (place) void navigate(targetOf(place) as Parameters<typeof navigate>[0]);
  };
}
